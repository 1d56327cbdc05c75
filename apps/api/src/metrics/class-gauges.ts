import type { Policy, ShadowRecord } from '@leeway/contract';
import { falseKillRate, fleetLevelOf, ringKey, shadowRecords, type FalseKillRate } from '@leeway/estimator';
import type { ClassRecord, HistoryReader, JobQueue } from '@leeway/queue';
import { addGauge, type Measured, type Registry } from '@leeway/runtime';
import { sharedRead } from './shared-read.js';

export interface ClassGaugeSources {
  queue: Pick<JobQueue, 'classes'> & { readonly history: HistoryReader };
  policy: Policy;
  /** How long a scrape waits for Redis, in milliseconds. */
  timeoutMs: number;
}

/** Classes in a scrape, the most recent ones: clients choose the labels, and each value is a time series forever. */
const CLASSES_MEASURED = 50;

type ClassLabel = 'tenant' | 'class';
type ShadowLabel = ClassLabel | 'shadow';

interface ClassFigures {
  record: ClassRecord;
  recent: FalseKillRate;
  shadows: ShadowRecord[];
}

/** How often learned deadlines were wrong recently, by class, and how the shadows of the class would have done. */
export function addClassGauges(registry: Registry, sources: ClassGaugeSources): void {
  const figures = sharedRead(() => readFigures(sources));
  const ofClass = (gauge: { name: string; help: string; value: (of: ClassFigures) => number | null }) =>
    addGauge<ClassLabel>(registry, {
      name: gauge.name,
      help: gauge.help,
      labels: ['tenant', 'class'],
      timeoutMs: sources.timeoutMs,
      measure: async () => measured(await figures(), (of) => [{ labels: labelsOf(of), value: gauge.value(of) }]),
    });
  const ofShadow = (gauge: { name: string; help: string; value: (of: ShadowRecord) => number | null }) =>
    addGauge<ShadowLabel>(registry, {
      name: gauge.name,
      help: gauge.help,
      labels: ['tenant', 'class', 'shadow'],
      timeoutMs: sources.timeoutMs,
      measure: async () =>
        measured(await figures(), (of) =>
          of.shadows.map((shadow) => ({
            labels: { ...labelsOf(of), shadow: shadow.name },
            value: gauge.value(shadow),
          })),
        ),
    });

  ofClass({
    name: 'leeway_class_false_kill_share',
    help: 'Share of the newest results of a class in which a deadline ended healthy work.',
    value: ({ recent }) => (recent.results === 0 ? null : recent.wrong / recent.results),
  });
  ofClass({
    name: 'leeway_class_false_kill_alarm',
    help: '1: that share is above the limit of the policy, so static limits apply where they are longer.',
    value: ({ recent }) => (recent.alarm ? 1 : 0),
  });
  ofShadow({
    name: 'leeway_shadow_judged',
    help: 'Healthy jobs that a shadow was compared with.',
    value: ({ judged }) => judged,
  });
  ofShadow({
    name: 'leeway_shadow_false_kills',
    help: 'Healthy jobs that the deadline of a shadow would have ended.',
    value: ({ falseKills }) => falseKills,
  });
  ofShadow({
    name: 'leeway_shadow_hang_detection',
    help: 'Time that a shadow would have allowed hung attempts, divided by the time that they had.',
    value: ({ hangDetection }) => hangDetection,
  });
}

function labelsOf({ record }: ClassFigures): Record<ClassLabel, string> {
  return { tenant: record.tenant, class: record.class };
}

/** Unknown figures are left out: unknown is not zero. */
function measured<L extends string>(
  figures: readonly ClassFigures[],
  of: (each: ClassFigures) => { labels: Record<L, string>; value: number | null }[],
): Measured<L>[] {
  return figures.flatMap(of).flatMap(({ labels, value }) => (value === null ? [] : [{ labels, value }]));
}

async function readFigures({ queue, policy, timeoutMs }: ClassGaugeSources): Promise<ClassFigures[]> {
  const records = await queue.classes(null);
  const newest = records.toSorted((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? '')).slice(0, CLASSES_MEASURED);
  const ring = (record: ClassRecord) => ringKey('total', record.tenant, record.class);
  const rings = await queue.history.read(newest.map(ring), timeoutMs);
  return newest.map((record) => ({
    record,
    recent: falseKillRate(fleetLevelOf(rings.get(ring(record))?.samples ?? []), policy.estimator),
    shadows: shadowRecords(record.counters),
  }));
}
