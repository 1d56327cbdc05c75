/** How many takes that do not wait in Redis may be under way: twice as many after each job, none after an empty reply. */
export class TakeWindow {
  size = 0;

  constructor(private readonly max: number) {}

  record(gotJob: boolean): void {
    this.size = gotJob ? Math.min(this.max, Math.max(1, this.size * 2)) : 0;
  }
}
