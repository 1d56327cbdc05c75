/** Who moved a deadline: the handler asked, the estimator knew more at expiry, or the reader of the stream saw progress. */
export type ExtendedBy = 'handler' | 'estimator' | 'monitor';

/** A longer deadline, in ms from the start of the attempt. */
export interface Extension {
  deadlineMs: number;
  by: ExtendedBy;
  /** For people. */
  reason: string;
}
