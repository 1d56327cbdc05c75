/** SIGPIPE stands for a reader that went away; main.ts raises it. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const;

/** Calls `first` at the first Ctrl-C (or another of these signals) and `again` at every later one, until the returned function is called. */
export function onInterrupt(first: () => void, again: () => void): () => void {
  let count = 0;
  const listener = () => (count++ === 0 ? first() : again());
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
