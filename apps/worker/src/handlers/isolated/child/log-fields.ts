/** Fields of a log line that are longer than this as JSON, in characters, are left out. */
const FIELDS_MOST = 16 * 1024;

/** Fields of a log line as they can be sent: errors with code and stack; a note in place of what is no JSON or too long. */
export function logFields(fields: object): object {
  try {
    const text = JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? plainError(value) : value));
    return text.length > FIELDS_MOST ? { leftOut: `${text.length} characters` } : (JSON.parse(text) as object);
  } catch (error) {
    return { leftOut: error instanceof Error ? error.message : 'fields that are not JSON' };
  }
}

function plainError(error: Error): object {
  const { name, message, stack } = error;
  return { ...error, name, message, stack };
}
