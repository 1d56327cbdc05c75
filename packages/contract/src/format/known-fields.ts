import { z } from 'zod';

/** Names of the fields that a schema has at a path inside it, for "did you mean"; empty: any name is allowed. */
export function knownFields(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType | undefined = unwrapped(schema);
  for (const part of path) at = unwrapped(inside(at, part));
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function inside(schema: z.ZodType | undefined, part: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.ZodType>;
    return Object.hasOwn(shape, part) ? shape[String(part)] : undefined;
  }
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return undefined;
}

function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  let at = schema;
  while (
    at instanceof z.ZodOptional ||
    at instanceof z.ZodNullable ||
    at instanceof z.ZodPrefault ||
    at instanceof z.ZodDefault
  ) {
    at = at.unwrap() as z.ZodType;
  }
  return at;
}
