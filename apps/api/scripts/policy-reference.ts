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

const HEADS = ['Setting', 'Meaning', 'Form', 'Default', 'Why this default'];

/** docs/policy.md: every value of the policy file, from its schema. */
export function policyReference(): string {
  const schema = z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' }) as Setting;
  const sections = Object.entries(schema.properties ?? {});
  const plain = sections.filter(([, setting]) => inner(setting) === undefined);
  const grouped = sections.filter(([, setting]) => inner(setting) !== undefined);
  return `# The policy

Everything that can be tuned is in one JSON file; the variable \`LEEWAY_POLICY\` names it. Without a file every default
holds. A file holds only what differs from the defaults. It is checked when a process starts: unknown names are refused with
the nearest known one, and values that contradict each other are refused with the numbers. \`GET /v1/config\` shows the
policy in force.

A running process looks when the file changes, and at SIGHUP. What it says then holds for the next decision, and each
decision names the \`version\` it was made under, so give a change a new one. A file that is wrong is not taken: the last good
policy stays in force, the log says what is wrong (\`policy_refused\`), and \`GET /version\` shows it. Timers, threads and
connections are set up once, so what \`supervision\`, \`worker\`, \`api\` and \`providers\` say holds from the next start on; the
log and \`GET /version\` name what waits for that.

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

/** The settings inside a section, also where the section holds several of a kind by name. */
function inner(setting: Setting): Record<string, Setting> | undefined {
  return setting.properties ?? named(setting)?.properties;
}

/** What a section holds under each name; undefined: it is no such section, or holds single values. */
function named({ additionalProperties }: Setting): Setting | undefined {
  if (typeof additionalProperties !== 'object') return undefined;
  const { anyOf = [] } = additionalProperties;
  const orNull = anyOf.length === 2 && anyOf.some(({ type }) => type === 'null');
  return [additionalProperties, ...(orNull ? anyOf : [])].find(({ properties }) => properties !== undefined);
}

function row(name: string, setting: Setting): string[] {
  const form =
    setting.unit === undefined
      ? typeText(setting as Record<string, unknown>)
      : `${typeText(setting as Record<string, unknown>)} (${setting.unit})`;
  const fallback = setting.default === undefined ? 'none' : code(JSON.stringify(setting.default));
  return [code(name), setting.meaning ?? setting.description ?? '', form, fallback, setting.reason ?? ''];
}
