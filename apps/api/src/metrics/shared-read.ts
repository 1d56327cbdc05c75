/** A read that concurrent readers share: the gauges of one scrape. */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= read().finally(() => (running = null));
    return running;
  };
}
