/** `{{steps.<name>}}`: replaced by the text of that step's result when the step starts. */
const REFERENCE = /\{\{\s*steps\.([A-Za-z0-9][A-Za-z0-9._-]*)\s*\}\}/g;

/** A text in the input of a step. */
interface Place {
  /** JSON pointer inside the input. */
  path: string;
  text: string;
}

/** A reference to a result in the input of a step. */
export interface StepReference {
  step: string;
  /** JSON pointer inside the input. */
  path: string;
  /** False: no references here. A command's arguments and environment decide what runs, so the output of another step is never part of them. */
  allowed: boolean;
}

/** All references in the input of a step, also those that are not allowed. */
export function stepReferences(kind: string, input: unknown): StepReference[] {
  return textsIn(input, '').flatMap(({ path, text }) =>
    [...text.matchAll(REFERENCE)].map((match) => ({
      step: match[1] as string,
      path,
      allowed: isDataPlace(kind, path),
    })),
  );
}

/** Input with each reference replaced by the text of the result. References inside a result are left alone. */
export function withStepResults(kind: string, input: unknown, textOf: (step: string) => string): unknown {
  return mapTexts(input, '', ({ path, text }) =>
    isDataPlace(kind, path) ? text.replaceAll(REFERENCE, (_, step: string) => textOf(step)) : text,
  );
}

/** Of a command only standard input, of a chat only the content of messages; any text of a user's own kind. */
function isDataPlace(kind: string, path: string): boolean {
  if (kind === 'command') return path === '/stdin';
  if (kind === 'chat') return /^\/messages\/\d+\/content(?:\/\d+\/text)?$/.test(path);
  return true;
}

function textsIn(value: unknown, path: string): Place[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, `${path}/${key}`));
}

function mapTexts(value: unknown, path: string, change: (place: Place) => string): unknown {
  if (typeof value === 'string') return change({ path, text: value });
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((inner, i) => mapTexts(inner, `${path}/${i}`, change));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, `${path}/${key}`, change)]),
  );
}

/** Text of a result for later steps: stdout of a command, the text of a chat, else the value as JSON. */
export function resultText(kind: string, result: unknown): string {
  if (result === null || result === undefined) return '';
  const { stdout, text } = result as { stdout?: unknown; text?: unknown };
  if (kind === 'command') return typeof stdout === 'string' ? stdout : '';
  if (kind === 'chat') return typeof text === 'string' ? text : '';
  return typeof result === 'string' ? result : JSON.stringify(result);
}
