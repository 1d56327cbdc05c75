export interface JsonRules {
  /** The subject of the error message, e.g. "the result". */
  what: string;
  maxBytes: number;
}

/** The value cannot be stored. */
export class NotJsonError extends TypeError {
  constructor(
    readonly code: 'not_json' | 'too_large',
    message: string,
  ) {
    super(message);
    this.name = 'NotJsonError';
  }
}

/** A copy of the value in the form in which it is stored. Throws NotJsonError. */
export function jsonValue(value: unknown, { what, maxBytes }: JsonRules): unknown {
  const text = stringify(value, what);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw new NotJsonError(
      'too_large',
      `${what} is ${bytes} bytes as JSON; ${maxBytes} are allowed (retention.resultBytes)`,
    );
  return JSON.parse(text);
}

function stringify(value: unknown, what: string): string {
  let text: string | undefined;
  try {
    // Returns undefined for functions and symbols, against its declared type.
    text = JSON.stringify(value) as string | undefined;
  } catch (error) {
    throw new NotJsonError(
      'not_json',
      `${what} is not a JSON value: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (text === undefined)
    throw new NotJsonError(
      'not_json',
      `${what} is not a JSON value: it is ${value === undefined ? 'undefined' : `a ${typeof value}`}`,
    );
  return text;
}
