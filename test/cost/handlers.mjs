/** Work that costs nothing, so that what is counted is what a job costs the queue. */
export const handlers = { noop: () => null };
