const HIDDEN = '[hidden]';
const MAX_DEPTH = 6;
/** Names of fields whose value is never logged, at any depth. */
const SECRET_FIELD =
  /^(authorization|proxy-authorization|cookie|set-cookie|password|secret|token|api-?key|key|keys|env)$/i;
const BEARER = /\bBearer\s+[^\s"',]+/gi;
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi;

/** A copy of log fields without secrets: values of secret fields, bearer tokens, and user names and passwords in URLs. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Error) return redactError(value, depth);
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const entries = Object.entries(value) as [string, unknown][];
  for (const entry of entries) {
    const [name, item] = entry;
    entry[1] = SECRET_FIELD.test(name) && item !== null && item !== undefined ? HIDDEN : redact(item, depth + 1);
  }
  return Object.fromEntries(entries);
}

/** A text without bearer tokens and without user names and passwords in URLs. */
export function redactText(text: string): string {
  const withoutBearer = text.replace(BEARER, `Bearer ${HIDDEN}`);
  // Nearly no text has a URL, and to look for one from every letter takes longer.
  return withoutBearer.includes('://') ? withoutBearer.replace(URL_PASSWORD, '$1') : withoutBearer;
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const code = (error as NodeJS.ErrnoException).code;
  return {
    name: error.name,
    message: redactText(error.message),
    ...(code === undefined ? {} : { code }),
    stack: redactText(error.stack ?? ''),
    ...(error.cause === undefined || depth >= MAX_DEPTH ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
