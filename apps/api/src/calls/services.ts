import type { Policy } from '@leeway/contract';
import type { HistoryKeeper, HistoryReader, JobVerbs } from '@leeway/queue';
import type { CachedValue, Clock, KeyRing, LivePolicy, Log } from '@leeway/runtime';
import type { ApiMetrics } from '../metrics/api-metrics.js';
import type { OpenRequests } from './open-requests.js';
import type { Quotes } from '../quotes/quotes.js';
import type { Sockets } from '../rpc/sockets.js';

/** The queue as the API needs it. */
export interface ApiQueue extends JobVerbs {
  readonly history: HistoryReader;
  readonly archive: HistoryKeeper;
  /** Throws LeewayError `store_unavailable` when Redis does not answer. */
  ping(): Promise<void>;
  /** Throws LeewayError `store_unavailable` when Redis would not take a submission now. */
  ready(): Promise<void>;
}

/** What routes work with. */
export interface Services {
  readonly queue: ApiQueue;
  /** Changes in place when its file does. */
  readonly policy: Policy;
  readonly livePolicy: Pick<LivePolicy, 'waits' | 'refused'>;
  /** null: no keys are configured, everybody who gets here may do everything. */
  readonly keys: KeyRing | null;
  readonly kinds: CachedValue<string[]>;
  readonly quotes: Quotes;
  readonly open: OpenRequests;
  readonly sockets: Sockets;
  readonly metrics: ApiMetrics;
  readonly clock: Clock;
  readonly log: Log;
  /** Of the package. */
  readonly version: string;
}
