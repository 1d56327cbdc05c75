/** What has to be done in BullMQ with a job that has no open attempt, so that BullMQ agrees with its record. */
export type SyncAction =
  | { action: 'complete' }
  /** Also of a job that was cancelled, or paused: BullMQ hands it out no more. */
  | { action: 'fail'; reason: string }
  /** Hand it out again after `delayMs`; 0: at once. */
  | { action: 'delay'; delayMs: number };

/** A change of a record that BullMQ has not seen. It is acknowledged under its revision: a later change keeps its entry. */
export type OutboxEntry = SyncAction & { revision: number };

/** The action as `syncAction` of the scripts writes it: its name, then the reason or the delay in ms. */
export type SyncReply = ['complete', ''] | ['fail', string] | ['delay', number];

export function syncActionOf(reply: SyncReply): SyncAction {
  switch (reply[0]) {
    case 'complete':
      return { action: 'complete' };
    case 'fail':
      return { action: 'fail', reason: reply[1] };
    case 'delay':
      return { action: 'delay', delayMs: reply[1] };
  }
}
