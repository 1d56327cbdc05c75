import type { HistoryArchive, JobQueue } from '@leeway/queue';
import { addGauge, Counter, createMetrics, Histogram, type Registry, withTimeout } from '@leeway/runtime';
import { addTallyGauges } from './tally-gauges.js';

const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface MetricSources {
  queue: Pick<JobQueue, 'counts' | 'ping' | 'tally' | 'workers'> & {
    archive: Pick<HistoryArchive, 'countRings'>;
  };
  openRequests: () => number;
  openSockets: () => number;
  /** How long a scrape waits for Redis, in milliseconds. */
  timeoutMs: number;
}

/** The metrics of the API and, measured at each scrape, of the queue. */
export class ApiMetrics {
  readonly registry: Registry = createMetrics('api');
  private readonly requests = new Counter({
    name: 'leeway_http_requests_total',
    help: 'Requests by route and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  private readonly durations = new Histogram({
    name: 'leeway_http_request_duration_seconds',
    help: 'Time to the end of the response, without streams and waiting requests.',
    labelNames: ['route'],
    buckets: BUCKETS_S,
    registers: [this.registry],
  });
  private readonly submissions = new Counter({
    name: 'leeway_submissions_total',
    help: 'Submissions by outcome: accepted, replayed, or the error code of the refusal.',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  constructor(sources: MetricSources) {
    const { queue, openRequests, openSockets, timeoutMs } = sources;
    addGauge(this.registry, {
      name: 'leeway_store_up',
      help: '1: Redis answers.',
      labels: [],
      // The measurement itself ends after timeoutMs, with 0.
      timeoutMs: 2 * timeoutMs,
      measure: async () => [{ labels: {}, value: (await isUp(queue, timeoutMs)) ? 1 : 0 }],
    });
    addGauge(this.registry, {
      name: 'leeway_jobs',
      help: 'Jobs whose records are kept, by state.',
      labels: ['state'],
      timeoutMs,
      measure: async () => Object.entries(await queue.counts()).map(([state, value]) => ({ labels: { state }, value })),
    });
    addGauge(this.registry, {
      name: 'leeway_workers',
      help: 'Workers that were seen recently, by state.',
      labels: ['state'],
      timeoutMs,
      measure: async () => {
        const workers = await queue.workers();
        return ['active', 'draining', 'lost'].map((state) => ({
          labels: { state },
          value: workers.filter((worker) => worker.state === state).length,
        }));
      },
    });
    addTallyGauges(this.registry, queue, timeoutMs);
    addGauge(this.registry, {
      name: 'leeway_history_rings',
      help: 'Stored rings of observations, of all tenants together.',
      labels: [],
      timeoutMs,
      measure: async () => [{ labels: {}, value: await queue.archive.countRings() }],
    });
    addGauge(this.registry, {
      name: 'leeway_open_requests',
      help: 'Event streams and waiting requests that are open now.',
      labels: [],
      timeoutMs,
      measure: async () => [{ labels: {}, value: openRequests() }],
    });
    addGauge(this.registry, {
      name: 'leeway_open_sockets',
      help: 'WebSockets that are open now.',
      labels: [],
      timeoutMs,
      measure: async () => [{ labels: {}, value: openSockets() }],
    });
  }

  /** `tookMs` null: it was kept open on purpose, so its duration has no meaning. */
  countRequest(request: { method: string; route: string; status: number; tookMs: number | null }): void {
    const { method, route, status, tookMs } = request;
    this.requests.inc({ method, route, status: String(status) });
    if (tookMs !== null) this.durations.observe({ route }, tookMs / 1_000);
  }

  countSubmission(outcome: string): void {
    this.submissions.inc({ outcome });
  }
}

async function isUp(queue: MetricSources['queue'], timeoutMs: number): Promise<boolean> {
  const pinged = queue.ping().then(
    () => true,
    () => false,
  );
  return withTimeout(pinged, timeoutMs, false);
}
