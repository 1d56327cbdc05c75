/**
 * An attempt that could not work because its provider takes no calls now: the job goes back into its queue and no attempt is
 * burnt.
 */
export interface Deferral {
  /** What it waits for. */
  readonly provider: string;
  /** True: the provider was asked and said no, so the job itself may be the reason; such put-backs are counted and bounded. */
  readonly counts: boolean;
  /** Put-backs that count, at most. */
  readonly most: number;
}
