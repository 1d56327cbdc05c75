import { pointer, type FieldError } from '@leeway/contract';

const LONE_SURROGATE = /\p{Surrogate}/u;

interface Visit {
  value: unknown;
  path: readonly (string | number)[];
}

/**
 * What makes a JSON value unusable for every route: nesting that exhausts the stack of whoever walks it, a `__proto__`
 * field, or text that is not valid Unicode and would come back changed. Undefined: nothing. The walk has a list instead of
 * recursion, because of the nesting.
 */
export function findUnusable(value: unknown, maxDepth: number): FieldError | undefined {
  const open: Visit[] = [{ value, path: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path } = next;
    const problem = unusable(next, maxDepth);
    if (problem !== undefined) return { path: pointer(path), message: problem };
    if (next.value === null || typeof next.value !== 'object') continue;
    for (const [name, item] of Object.entries(next.value)) {
      if (name === '__proto__') return { path: pointer([...path, name]), message: 'is a name that is not accepted' };
      if (LONE_SURROGATE.test(name)) return { path: pointer(path), message: 'has a name that is not valid Unicode' };
      // Numbers, booleans and null need no visit.
      if (typeof item === 'string' || (item !== null && typeof item === 'object'))
        open.push({ value: item, path: [...path, name] });
    }
  }
  return undefined;
}

function unusable({ value, path }: Visit, maxDepth: number): string | undefined {
  if (path.length > maxDepth) return `is nested deeper than ${maxDepth} levels`;
  if (typeof value === 'string' && LONE_SURROGATE.test(value)) return 'is not valid Unicode';
  return undefined;
}
