/** One read for everything that asks while it is under way: the gauges of one scrape. */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let under: Promise<T> | null = null;
  return () => {
    under ??= read().finally(() => (under = null));
    return under;
  };
}
