import { HISTORY_FILE, type Observation } from '@leeway/contract';
import { decodeSample, parseRingKey, type Metric } from '@leeway/estimator';
import type { StoredRing } from '@leeway/queue';

/** A history as the text of a file: its format in the first line, then one observation a line, the newest of a ring first. */
export async function* exportText(rings: AsyncIterable<StoredRing>, nowMs: number): AsyncGenerator<string> {
  yield line({ ...HISTORY_FILE, exportedAt: new Date(nowMs).toISOString() });
  for await (const ring of rings) {
    const text = observationsOf(ring).map(line).join('');
    if (text !== '') yield text;
  }
}

/** Whether observations of a metric are exported. The load is not: it shows how slow the machines are right now. */
export function isExported(metric: Metric): metric is Observation['metric'] {
  return metric !== 'load';
}

function observationsOf({ key, samples }: StoredRing): Observation[] {
  const parts = parseRingKey(key);
  if (parts === undefined || !isExported(parts.metric)) return [];
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

/** The same items, with the first already read: it throws now, while the reply can still be a refusal, if reading fails. */
export async function withFirstRead<T>(items: AsyncIterable<T>): Promise<AsyncIterable<T>> {
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
