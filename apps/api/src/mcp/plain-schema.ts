/** A JSON Schema without the patterns of values that have a format: `date-time` says it, and a model pays for every word. */
export function plainSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plainSchema);
  if (schema === null || typeof schema !== 'object') return schema;
  const entries = Object.entries(schema).filter(([name]) => name !== 'pattern' || !('format' in schema));
  return Object.fromEntries(entries.map(([name, value]) => [name, plainSchema(value)]));
}
