import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Bound = Extract<Issue, { code: 'too_small' | 'too_big' }>;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'item' };
const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'a time with its zone, such as 2026-01-31T10:00:00Z',
  url: 'an absolute URL',
};
/** Beginnings of the messages of zod. Other messages are those of a schema. */
const OF_ZOD = /^(?:Too (?:small|big)|Invalid [a-zA-Z ]+)(?:: |$)/;

/** What was expected. The message of a schema is returned unchanged. */
export function expectedText(issue: Issue): string {
  if (!OF_ZOD.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `expected ${issue.inclusive === true ? 'at least' : 'more than'} ${amount(issue, issue.minimum)}`;
    case 'too_big':
      return `expected ${issue.inclusive === true ? 'at most' : 'less than'} ${amount(issue, issue.maximum)}`;
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_format':
      return `expected ${FORMATS[issue.format] ?? `text that matches ${issue.pattern ?? issue.format}`}`;
    case 'invalid_key':
      return `name of a field: ${issue.issues.map(expectedText).join('; ')}`;
    case 'invalid_union':
      return [...new Set(issue.errors.flatMap(([first]) => (first === undefined ? [] : expectedText(first as Issue))))]
        .join(' or ')
        .replaceAll(' or expected ', ' or ');
    default:
      return issue.message;
  }
}

export function missingText(issue: Issue): string {
  return issue.code === 'invalid_type' && issue.expected === 'nonoptional'
    ? 'is missing'
    : `is missing; ${expectedText(issue)}`;
}

/** Issues of the form of a union that the value has, where only a part of it is wrong; undefined: no form fits as a whole. */
export function matchingBranch(issue: Issue): Issue[] | undefined {
  if (issue.code !== 'invalid_union') return undefined;
  return issue.errors.find((branch) =>
    branch.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  ) as Issue[] | undefined;
}

function amount({ origin }: Bound, n: number | bigint): string {
  const unit = UNITS[origin];
  return unit === undefined ? `${n}` : `${n} ${unit}${Number(n) === 1 ? '' : 's'}`;
}
