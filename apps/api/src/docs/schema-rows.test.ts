import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldRows, typeText } from './schema-rows.js';

const rowsOf = (schema: z.ZodType) => fieldRows(z.toJSONSchema(schema) as Record<string, unknown>);

test('the rows of a schema are its fields, with the fields of inner objects and lists after the field that contains them', () => {
  const schema = z.object({
    name: z.string().describe('Shown in logs'),
    limits: z.object({ idleMs: z.int().min(1).max(5) }).optional(),
    steps: z.array(z.object({ kind: z.enum(['a', 'b']) })),
  });
  expect(rowsOf(schema)).toEqual([
    { name: 'name', type: 'string', required: true, description: 'Shown in logs' },
    { name: 'limits', type: 'object', required: false, description: '' },
    { name: 'limits.idleMs', type: 'whole number, 1 to 5', required: true, description: '' },
    { name: 'steps', type: 'list of objects', required: true, description: '' },
    { name: 'steps[].kind', type: '"a" or "b"', required: true, description: '' },
  ]);
});

test.each([
  [z.number().nullable(), 'number or null'],
  [z.int(), 'whole number'],
  [z.int().min(3), 'whole number, at least 3'],
  [z.unknown(), 'anything'],
  [z.array(z.string()), 'list of strings'],
  [z.union([z.string(), z.boolean()]), 'string or boolean'],
])('the type of a schema is shown in words: %#', (schema, words) => {
  expect(typeText(z.toJSONSchema(schema) as Record<string, unknown>)).toBe(words);
});

test('the type of a reference is the name of its schema', () => {
  expect(typeText({ $ref: '#/components/schemas/Job' })).toBe('Job');
});
