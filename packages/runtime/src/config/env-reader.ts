import { closest } from 'fastest-levenshtein';

/** What a parser makes of a variable's text: the value, or a sentence that says what was expected. */
export type Parsed<T> = { ok: T } | { expected: string };

/** Reads variables one by one and keeps every problem, so that one message can name them all. */
export class EnvReader {
  readonly problems: string[] = [];
  private readonly asked = new Set<string>();

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  /** The parsed value; `fallback` when the variable is absent or empty, or when it is wrong (the problem is kept). */
  read<T>(name: string, fallback: T, parse: (text: string) => Parsed<T>): T {
    this.asked.add(name);
    const text = this.env[name];
    if (text === undefined || text === '') return fallback;
    const parsed = parse(text);
    if ('ok' in parsed) return parsed.ok;
    this.problems.push(`${name}: expected ${parsed.expected}; got "${text}"`);
    return fallback;
  }

  /** A problem for every variable that starts with `prefix` and is not known: a typing error must not pass silently. */
  refuseUnknown(prefix: string, alsoKnown: readonly string[]): void {
    const known = [...this.asked, ...alsoKnown];
    for (const name of Object.keys(this.env)) {
      if (!name.startsWith(prefix) || known.includes(name)) continue;
      const near = closest(
        name,
        known.filter((candidate) => candidate.startsWith(prefix)),
      );
      this.problems.push(`${name}: unknown variable; the nearest known one is ${near}`);
    }
  }
}
