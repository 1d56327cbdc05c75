import { closest } from 'fastest-levenshtein';

/** The value of a variable, or a description of the values that are valid. */
export type Parsed<T> = { ok: T } | { expected: string };

/** Reads variables one by one and collects the problems, for one message with all of them. */
export class EnvReader {
  readonly problems: string[] = [];
  private readonly known = new Set<string>();

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  /** The parsed value; `fallback` when the variable is absent, empty or invalid. An invalid one adds a problem. */
  read<T>(name: string, fallback: T, parse: (text: string) => Parsed<T>): T {
    this.known.add(name);
    const text = this.env[name];
    if (text === undefined || text === '') return fallback;
    const parsed = parse(text);
    if ('ok' in parsed) return parsed.ok;
    this.problems.push(`${name}: expected ${parsed.expected}; got "${text}"`);
    return fallback;
  }

  /** Adds a problem for every variable with this prefix that was neither read nor is in `alsoKnown`: likely a typing error. */
  refuseUnknown(prefix: string, alsoKnown: readonly string[]): void {
    const known = [...this.known, ...alsoKnown];
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
