import { LeewayError } from '@leeway/contract';
import type { TextBody } from '../../calls/route.js';

/** One value of an imported file and its place. */
export interface FileItem {
  /** For people: `line 3`. */
  place: string;
  /** JSON pointer. */
  path: string;
  value: unknown;
  /** Why the text is not a value; absent: it is one. */
  broken?: string;
}

/** Far longer than any observation; bounds what is parsed and shown of an invalid line. */
const LONGEST_LINE = 2_000;

/** The values of a file: one JSON value a line, or the items of one JSON array. Throws LeewayError `invalid_json` for another JSON value. */
export function* fileItems({ type, text }: TextBody): Generator<FileItem> {
  if (type === 'application/json') return yield* arrayItems(text);
  let number = 0;
  // One line at a time: the caller pauses in between for other requests.
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end < 0 ? undefined : end);
    from = end < 0 ? text.length : end + 1;
    number += 1;
    if (line.trim() !== '') yield lineItem(line, number);
  }
}

function lineItem(line: string, number: number): FileItem {
  const at = { place: `line ${number}`, path: `/${number}`, value: undefined };
  if (line.length > LONGEST_LINE) return { ...at, broken: `is longer than ${LONGEST_LINE} characters` };
  try {
    return { ...at, value: JSON.parse(line) as unknown };
  } catch (error) {
    return { ...at, broken: `is not JSON: ${(error as Error).message}` };
  }
}

function* arrayItems(text: string): Generator<FileItem> {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (cause) {
    throw new LeewayError('invalid_json', `The body is not JSON: ${(cause as Error).message}.`, { cause });
  }
  if (!Array.isArray(values))
    throw new LeewayError('invalid_json', 'Expected a JSON array, or lines of JSON as application/x-ndjson.');
  for (const [index, value] of values.entries()) {
    const tooLong = JSON.stringify(value).length > LONGEST_LINE;
    yield {
      place: `item ${index}`,
      path: `/${index}`,
      value,
      ...(tooLong && { broken: `is longer than ${LONGEST_LINE} characters` }),
    };
  }
}
