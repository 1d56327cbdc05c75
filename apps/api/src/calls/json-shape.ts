import { pointer, type FieldError } from '@leeway/contract';

const LONE_SURROGATE = /\p{Surrogate}/u;

interface Open {
  value: unknown;
  path: readonly (string | number)[];
}

/**
 * What makes a JSON value unusable whatever it is meant for: nesting that would exhaust the stack of whoever walks it,
 * a `__proto__` field, or text that is no Unicode and would not come back as it was given. Undefined: nothing.
 * Walks with a list instead of recursion, for the same reason.
 */
export function findUnusable(value: unknown, maxDepth: number): FieldError | undefined {
  const open: Open[] = [{ value, path: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path } = next;
    const problem = unusable(next, maxDepth);
    if (problem !== undefined) return { path: pointer(path), message: problem };
    if (next.value === null || typeof next.value !== 'object') continue;
    for (const [name, item] of Object.entries(next.value)) {
      if (name === '__proto__') return { path: pointer([...path, name]), message: 'is a name that is not accepted' };
      if (LONE_SURROGATE.test(name)) return { path: pointer(path), message: 'has a name that is not valid Unicode' };
      // Text and numbers have no depth: only what can go deeper is put on the list with a path of its own.
      if (typeof item === 'string' || (item !== null && typeof item === 'object'))
        open.push({ value: item, path: [...path, name] });
    }
  }
  return undefined;
}

function unusable({ value, path }: Open, maxDepth: number): string | undefined {
  if (path.length > maxDepth) return `is nested deeper than ${maxDepth} levels`;
  if (typeof value === 'string' && LONE_SURROGATE.test(value)) return 'is not valid Unicode';
  return undefined;
}
