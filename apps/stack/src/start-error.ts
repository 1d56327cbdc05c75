/** A start that failed for a reason that the message explains in full: it is shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
