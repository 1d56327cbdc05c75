import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { withTimeout } from './timeout.js';

/** A registry with the metrics of the process itself (memory, event loop, garbage collection). */
export function createMetrics(process: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
  return registry;
}

export interface Measured<L extends string> {
  labels: Record<L, string>;
  value: number;
}

export interface MeasuredGauge<L extends string> {
  name: string;
  help: string;
  labels: readonly L[];
  /**
   * Called at every scrape. When it throws or takes longer than `timeoutMs`, the gauge has no values in that scrape; a
   * zero would be wrong.
   */
  measure(): Promise<Measured<L>[]>;
  timeoutMs: number;
}

/** Registers a gauge that is measured at each scrape. */
export function addGauge<L extends string>(registry: Registry, gauge: MeasuredGauge<L>): void {
  const metric: Gauge<L> = new Gauge<L>({
    name: gauge.name,
    help: gauge.help,
    labelNames: [...gauge.labels],
    registers: [registry],
    async collect() {
      metric.reset();
      // A late measurement must not delay the other gauges.
      const values = await withTimeout(
        gauge.measure().catch(() => []),
        gauge.timeoutMs,
        [],
      );
      for (const { labels, value } of values) metric.set(labels as never, value);
    },
  });
}

export { Counter, Gauge, Histogram, type Registry } from 'prom-client';
