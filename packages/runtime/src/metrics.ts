import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

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
   * Called at every scrape. When it throws or takes longer than `timeoutMs`, the gauge has no values in that scrape:
   * none is not zero.
   */
  measure(): Promise<Measured<L>[]>;
  timeoutMs: number;
}

/** A gauge that is measured when somebody asks. */
export function addGauge<L extends string>(registry: Registry, gauge: MeasuredGauge<L>): void {
  const metric: Gauge<L> = new Gauge<L>({
    name: gauge.name,
    help: gauge.help,
    labelNames: [...gauge.labels],
    registers: [registry],
    async collect() {
      metric.reset();
      const values = await inTime(gauge);
      for (const { labels, value } of values) metric.set(labels as never, value);
    },
  });
}

async function inTime<L extends string>({ measure, timeoutMs }: MeasuredGauge<L>): Promise<Measured<L>[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Measured<L>[]>((resolve) => {
    timer = setTimeout(() => resolve([]), timeoutMs);
  });
  try {
    return await Promise.race([measure().catch(() => []), late]);
  } finally {
    clearTimeout(timer);
  }
}

export { Counter, Gauge, Histogram, type Registry } from 'prom-client';
