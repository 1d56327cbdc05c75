import { durationText, policySchema } from '@leeway/contract';
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

/** Sections of the policy by subject. Every section has one. */
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  'The policy itself': ['version', 'environment', 'environments', 'defaultTier'],
  'How long work may take': ['limits', 'kinds', 'estimator', 'tiers', 'modes', 'workflows', 'phases', 'monitor'],
  'How work is run': ['worker', 'supervision', 'commands', 'providers'],
  'What is kept': ['retention'],
  'HTTP and webhooks': ['api', 'webhooks'],
};

/** Settings that most operators change first, with the occasion. */
const FIRST: Readonly<Record<string, string>> = {
  'worker.concurrency': 'More or fewer than eight attempts at once for each kind and worker',
  'limits.attempts': 'Work that must not be retried, or that should have more attempts',
  'limits.maxAttemptMs': 'No attempt may take as long as a day',
  'kinds.<name>.priorMs': 'Ten minutes are too short for work that has never run before',
  'kinds.<name>.idleMs': 'Handlers or commands with steady output, so that a long silence is a hang',
  'estimator.classes': 'Learned deadlines should first run in shadow, or not at all, for some work',
  'estimator.killShare': 'Fewer healthy runs ended, while hangs end later',
  'supervision.graceMs': 'Programs that need longer to end after a SIGTERM',
  'commands.allow': 'Requests from other machines: a list of programs',
  'commands.wrapper': 'Commands run as another user or in a container',
  'providers.<name>.baseUrl': 'Chat jobs: the address of a model server',
  'retention.recordMs': 'Records of ended jobs for more or less than a week',
  'tiers.<name>.attemptMs': 'Plans of your own',
};

const HEADS = ['Setting', 'Meaning', 'Form', 'Default', 'Why this default'];

/** Text of docs/policy.md, from the schema of the policy. */
export function policyReference(): string {
  const schema = z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' }) as Setting;
  const sections = schema.properties ?? {};
  return `# The policy

All settings are in one JSON file; the variable \`LEEWAY_POLICY\` has its path. A file has only the values that differ from the
defaults. It is checked when a process starts: unknown names are refused with the nearest known one, and contradictions with the
numbers. \`GET /v1/config\` shows the complete policy. [examples/policy](../examples/policy/README.md) is the policy of a team, with
the reason for each value.

A running process reads the file again when it changes, and at SIGHUP. The next decision has the new values, and each decision
has the \`version\` of its policy, so give every change a new one. An invalid file changes nothing: the last valid policy stays, the
log names the problem (\`policy_refused\`), and \`GET /version\` shows it. A change of \`supervision\`, \`worker\`, \`api\` or \`providers\` takes
effect at the next start; until then the log and \`GET /version\` name it.

## What most people change first

${firstSettings(sections)}

${Object.entries(SUBJECTS)
  .map(([subject, names]) => `## ${subject}\n\n${sectionsOf(subject, names, sections)}`)
  .join('\n\n')}
`;
}

function firstSettings(sections: Record<string, Setting>): string {
  const rows = Object.entries(FIRST).map(([name, when]) => [code(name), when, defaultText(settingOf(name, sections))]);
  return table(['Setting', 'When', 'Default'], rows);
}

/** Throws an Error for a name that the policy does not have. */
function settingOf(name: string, sections: Record<string, Setting>): Setting {
  const [section = '', field = ''] = name.replace('.<name>', '').split('.');
  const setting = fieldsOf(sections[section] ?? {})?.[field];
  if (setting === undefined) throw new Error(`the policy has no setting ${name}`);
  return setting;
}

/** Throws an Error where the subjects and the policy do not have the same sections. */
function sectionsOf(subject: string, names: readonly string[], sections: Record<string, Setting>): string {
  const known = Object.values(SUBJECTS).flat();
  const missing = Object.keys(sections).filter((name) => !known.includes(name));
  if (missing.length > 0) throw new Error(`no subject has the sections ${missing.join(', ')}`);
  const given = names.map((name): [string, Setting] => {
    const setting = sections[name];
    if (setting === undefined) throw new Error(`the policy has no section ${name}, which is under "${subject}"`);
    return [name, setting];
  });
  const single = given.filter(([, setting]) => fieldsOf(setting) === undefined);
  const grouped = given.filter(([, setting]) => fieldsOf(setting) !== undefined);
  const parts = grouped.map(([name, setting]) => section(name, setting));
  if (single.length > 0)
    parts.unshift(
      table(
        HEADS,
        single.map(([name, setting]) => row(name, setting)),
      ),
    );
  return parts.join('\n\n');
}

function section(name: string, setting: Setting): string {
  const fields = Object.entries(fieldsOf(setting) ?? {});
  const prefix = perName(setting) === undefined ? name : `${name}.<name>`;
  const intro = setting.description === undefined ? '' : `${setting.description}.\n\n`;
  return `### ${name}\n\n${intro}${table(
    HEADS,
    fields.map(([field, each]) => row(`${prefix}.${field}`, each)),
  )}`;
}

/** Settings of a section, or of its objects by name; undefined: the section is a single value. */
function fieldsOf(setting: Setting): Record<string, Setting> | undefined {
  return setting.properties ?? perName(setting)?.properties;
}

/** Schema of the objects that a section has by name; undefined: it has none. */
function perName({ additionalProperties, meaning }: Setting): Setting | undefined {
  if (typeof additionalProperties !== 'object' || meaning !== undefined) return undefined;
  const { anyOf = [] } = additionalProperties;
  const orNull = anyOf.length === 2 && anyOf.some(({ type }) => type === 'null');
  return [additionalProperties, ...(orNull ? anyOf : [])].find(({ properties }) => properties !== undefined);
}

function row(name: string, setting: Setting): string[] {
  const type = typeText(setting as Record<string, unknown>);
  const form = setting.unit === undefined ? type : `${type} (${setting.unit})`;
  return [code(name), setting.meaning ?? setting.description ?? '', form, defaultText(setting), setting.reason ?? ''];
}

function defaultText({ default: value, unit }: Setting): string {
  if (value === undefined) return 'none';
  const text = code(JSON.stringify(value));
  return unit === 'ms' && typeof value === 'number' && value >= SHOWN_FROM_MS
    ? `${text} (${durationText(value)})`
    : text;
}

/** From this duration on larger units are shown, too. */
const SHOWN_FROM_MS = 10_000;
