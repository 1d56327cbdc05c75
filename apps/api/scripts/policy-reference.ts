import { policySchema } from '@leeway/contract';
import { z } from 'zod';
import { typeText } from '../src/docs/schema-rows.js';
import { code, table } from './markdown.js';

interface Setting {
  type?: string;
  description?: string;
  properties?: Record<string, Setting>;
  additionalProperties?: Setting | boolean;
  meaning?: string;
  unit?: string;
  reason?: string;
  default?: unknown;
  anyOf?: Setting[];
}

const HEADS = ['Setting', 'Meaning', 'Type', 'Default', 'Why this default'];

/** docs/policy.md: every value of the policy file, from its schema. */
export function policyReference(): string {
  const schema = z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' }) as Setting;
  const sections = Object.entries(schema.properties ?? {});
  const plain = sections.filter(([, setting]) => inner(setting) === undefined);
  const grouped = sections.filter(([, setting]) => inner(setting) !== undefined);
  return `# The policy

All settings are in one JSON file, which the variable \`LEEWAY_POLICY\` names. It contains only what differs from the defaults;
without a file all defaults apply. It is checked when a process starts: unknown names are refused with the nearest known name, and
values that contradict each other with the numbers. \`GET /v1/config\` shows the effective policy.

A running process reads the file again when it changes, and on SIGHUP. The new policy applies from the next decision on. Each
decision names the \`version\` of its policy, so change the version together with the rest. An invalid file is not loaded: the
last valid policy stays in force, the log has the problem (\`policy_refused\`), and \`GET /version\` shows it. Timers, threads
and connections are set up once, so changes of \`supervision\`, \`worker\`, \`api\` and \`providers\` apply from the next start
on; the log and \`GET /version\` name them.

${table(
  HEADS,
  plain.map(([name, setting]) => row(name, setting)),
)}

${grouped.map(([name, setting]) => section(name, setting)).join('\n\n')}
`;
}

function section(name: string, setting: Setting): string {
  const fields = Object.entries(inner(setting) ?? {});
  const prefix = named(setting) === undefined ? name : `${name}.<name>`;
  const intro = setting.description === undefined ? '' : `${setting.description}.\n\n`;
  return `## ${name}\n\n${intro}${table(
    HEADS,
    fields.map(([field, each]) => row(`${prefix}.${field}`, each)),
  )}`;
}

/** The settings of a section, also of a section of named entries. */
function inner(setting: Setting): Record<string, Setting> | undefined {
  return setting.properties ?? named(setting)?.properties;
}

/** The settings of each name in a section of named entries; undefined: the section has no such entries. */
function named({ additionalProperties }: Setting): Setting | undefined {
  if (typeof additionalProperties !== 'object') return undefined;
  const { anyOf = [] } = additionalProperties;
  const orNull = anyOf.length === 2 && anyOf.some(({ type }) => type === 'null');
  return [additionalProperties, ...(orNull ? anyOf : [])].find(({ properties }) => properties !== undefined);
}

function row(name: string, setting: Setting): string[] {
  const type =
    setting.unit === undefined
      ? typeText(setting as Record<string, unknown>)
      : `${typeText(setting as Record<string, unknown>)} (${setting.unit})`;
  const fallback = setting.default === undefined ? 'none' : code(JSON.stringify(setting.default));
  return [code(name), setting.meaning ?? setting.description ?? '', type, fallback, setting.reason ?? ''];
}
