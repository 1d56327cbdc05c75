import { HISTORY_FILE, type Observation } from '@leeway/contract';
import { decodeSample, parseRingKey } from '@leeway/estimator';
import type { StoredRing } from '@leeway/queue';
import { isKept } from './kept-metrics.js';

/** A history as the text of a file: what it is in the first line, then one observation a line, the newest of a ring first. */
export async function* exportText(rings: AsyncIterable<StoredRing>, nowMs: number): AsyncGenerator<string> {
  yield line({ ...HISTORY_FILE, exportedAt: new Date(nowMs).toISOString() });
  for await (const ring of rings) {
    const text = observationsOf(ring).map(line).join('');
    if (text !== '') yield text;
  }
}

function observationsOf({ key, samples }: StoredRing): Observation[] {
  const parts = parseRingKey(key);
  if (parts === undefined || !isKept(parts.metric)) return [];
  const { metric, level } = parts;
  return samples.flatMap((text) => {
    const sample = decodeSample(text);
    if (sample === undefined) return [];
    const { valueMs: value, atMs, ...rest } = sample;
    return { metric, level, value, ...rest, at: new Date(atMs).toISOString() };
  });
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/**
 * The same items, with the first of them read already: what makes reading impossible is thrown here, while the answer
 * can still say so.
 */
export async function begun<T>(items: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const source = items[Symbol.asyncIterator]();
  const first = await source.next();
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (let next = first; next.done !== true; next = await source.next()) yield next.value;
      } finally {
        await source.return?.();
      }
    },
  };
}
