/**
 * State of a job. `scheduled`: it waits for its time (a delay, or the back-off before a retry). `queued`: it waits for a
 * worker. `running`: an attempt runs. `paused`: no worker takes it, or its process is stopped. The others are final.
 */
export const JOB_STATES = ['scheduled', 'queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const FINAL_STATES = ['succeeded', 'failed', 'cancelled'] as const;
export type FinalState = (typeof FINAL_STATES)[number];

export function isFinal(state: JobState): state is FinalState {
  return (FINAL_STATES as readonly string[]).includes(state);
}

/** Every legal move and who makes it. ARCHITECTURE.md draws the same table, and a test compares them. */
export const TRANSITIONS: readonly { from: JobState | 'none'; to: JobState; by: string }[] = [
  { from: 'none', to: 'queued', by: 'submit' },
  { from: 'none', to: 'scheduled', by: 'submit with delayMs' },
  { from: 'scheduled', to: 'running', by: 'claim: its time has come and a worker took it' },
  { from: 'queued', to: 'running', by: 'claim: a worker took it' },
  { from: 'running', to: 'succeeded', by: 'settle' },
  { from: 'running', to: 'failed', by: 'settle, or mark-lost after too many losses' },
  { from: 'running', to: 'cancelled', by: 'settle after a cancel' },
  { from: 'running', to: 'scheduled', by: 'settle: a retry after back-off' },
  {
    from: 'running',
    to: 'queued',
    by: 'mark-lost, or settle: the worker is gone or stops, or the provider takes no calls',
  },
  { from: 'queued', to: 'cancelled', by: 'cancel' },
  { from: 'scheduled', to: 'cancelled', by: 'cancel' },
  { from: 'queued', to: 'paused', by: 'pause' },
  { from: 'scheduled', to: 'paused', by: 'pause' },
  { from: 'running', to: 'paused', by: 'set-paused: its worker stopped the process' },
  { from: 'paused', to: 'running', by: 'set-paused: its worker resumed the process' },
  { from: 'paused', to: 'queued', by: 'resume, or the longest pause is over' },
  { from: 'paused', to: 'scheduled', by: 'resume before its time has come' },
  { from: 'paused', to: 'cancelled', by: 'cancel, or settle after a cancel' },
  { from: 'paused', to: 'failed', by: 'expire: completeBy; or settle at completeBy' },
  { from: 'failed', to: 'queued', by: 'retry' },
  { from: 'cancelled', to: 'queued', by: 'retry' },
  { from: 'queued', to: 'failed', by: 'expire: queue wait or completeBy' },
  { from: 'scheduled', to: 'failed', by: 'expire: overall or completeBy' },
];
