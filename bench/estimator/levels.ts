/** The levels of every key: the key, each of its prefixes, and the whole trace (''). */
export interface Levels {
  names: string[];
  /** Indexes of the levels of each key, from specific to general. */
  byKey: number[][];
}

export function levelsOf(keys: readonly string[]): Levels {
  const index = new Map<string, number>();
  const byKey = keys.map((key) => {
    const parts = key.split(':');
    return Array.from({ length: parts.length + 1 }, (_, dropped) => {
      const name = parts.slice(0, parts.length - dropped).join(':');
      const known = index.get(name) ?? index.size;
      index.set(name, known);
      return known;
    });
  });
  return { names: [...index.keys()], byKey };
}
