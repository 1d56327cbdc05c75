import type { MonitorView } from '@leeway/contract';

/** An event of a supervised attempt. */
export type SupervisionEvent =
  /** The attempt waits for a person. */
  | { type: 'waiting'; reason: string | null }
  /** `pausedMs`: how long the clocks were paused. `why`: the person answered, or the allowed wait was used up. */
  | { type: 'resumed'; pausedMs: number; why: 'answered' | 'limit' }
  /** `monitor` is an event of the stream, `monitor_view` only replaces the view that is kept. */
  | { type: 'monitor' | 'monitor_view'; value: MonitorView };

/** Takes the events of one attempt; never throws. */
export interface EventSink {
  add(event: SupervisionEvent): void;
}
