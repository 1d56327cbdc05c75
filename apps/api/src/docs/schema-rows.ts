/** One field of a JSON value, for a table. */
export interface FieldRow {
  /** With the names of the fields around it: `limits.queueMs`. */
  name: string;
  type: string;
  required: boolean;
  description: string;
}

type Schema = Record<string, unknown>;

/** The bound of integers without a bound of their own. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** The fields of an object schema; the fields of inner objects and lists follow the field that contains them. */
export function fieldRows(schema: Schema, prefix = ''): FieldRow[] {
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  const required = (schema['required'] ?? []) as string[];
  return Object.entries(properties).flatMap(([name, property]) => [
    {
      name: `${prefix}${name}`,
      type: typeText(property),
      required: required.includes(name),
      description: String(property['description'] ?? ''),
    },
    ...fieldRows(property, `${prefix}${name}.`),
    ...fieldRows((property['items'] ?? {}) as Schema, `${prefix}${name}[].`),
  ]);
}

/** The type of a schema, in a few words. */
export function typeText(schema: Schema): string {
  const { $ref, type, items, anyOf } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' or ');
  if (Array.isArray(type)) return type.map((each: string) => typeText({ ...schema, type: each })).join(' or ');
  if (Array.isArray(anyOf)) return anyOf.map((each) => typeText(each as Schema)).join(' or ');
  if (type === 'array') return `list of ${items === undefined ? 'anything' : plural(typeText(items as Schema))}`;
  if (type === 'integer') return `whole number${range(schema)}`;
  if (typeof type === 'string') return type === 'number' ? `number${range(schema)}` : type;
  return 'anything';
}

function plural(type: string): string {
  return ['object', 'string', 'number'].includes(type) ? `${type}s` : type;
}

function range({ minimum, maximum }: Schema): string {
  const low = typeof minimum === 'number' && minimum > -NO_BOUND ? minimum : undefined;
  const high = typeof maximum === 'number' && maximum < NO_BOUND ? maximum : undefined;
  if (low !== undefined && high !== undefined) return `, ${low} to ${high}`;
  if (low !== undefined) return `, at least ${low}`;
  return high === undefined ? '' : `, at most ${high}`;
}
