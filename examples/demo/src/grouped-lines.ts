/** Puts lines that are alike and come at nearly the same time into one: `5 x steps: a task lost its worker`. */
export class GroupedLines {
  readonly #counts = new Map<string, number>();

  constructor(private readonly write: (line: string) => void) {}

  readonly add = (line: string): void => {
    this.#counts.set(line, (this.#counts.get(line) ?? 0) + 1);
  };

  flush(): void {
    for (const [line, count] of this.#counts) this.write(count === 1 ? line : `${count} x ${line}`);
    this.#counts.clear();
  }
}
