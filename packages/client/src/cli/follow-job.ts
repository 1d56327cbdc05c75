import { resultText, type Attempt, type Job, type JobEvent, type ProgressReport } from '@leeway/contract';
import type { LeewayClient } from '../client.js';
import { eventNote } from './event-note.js';
import { pace } from './pace.js';
import { printable } from './printable.js';
import { progressWords } from './progress-words.js';
import { StatusLine } from './status-line.js';
import type { Terminal } from './terminal.js';

export interface FollowJobOptions {
  client: LeewayClient;
  terminal: Terminal;
  /** One JSON line for each event on stdout instead of text. */
  json: boolean;
  /** Only the job's own output. */
  quiet: boolean;
  signal?: AbortSignal;
}

const REDRAW_EVERY_MS = 250;

/** Shows a job as it goes: its output on stdout and stderr, what happens to it and how long it still takes on stderr. Resolves with the ended job. */
export async function followJob(id: string, options: FollowJobOptions): Promise<Job> {
  const { client, terminal, signal } = options;
  const view = new JobView(terminal, options);
  const redraw = setInterval(() => view.draw(), REDRAW_EVERY_MS);
  try {
    for await (const event of client.events(id, { signal })) {
      view.take(event);
      if (CHANGES_DEADLINE.includes(event.type)) view.attempt = (await client.get(id, { signal })).attempts.at(-1);
    }
    const ended = await client.waitFor(id, { signal });
    if (!options.json) view.tell(lastResults(ended));
    return ended;
  } finally {
    clearInterval(redraw);
    view.close();
  }
}

const CHANGES_DEADLINE: readonly JobEvent['type'][] = ['started', 'extended', 'resumed', 'limits_changed'];
const ENDS_ATTEMPT: readonly JobEvent['type'][] = ['attempt_ended', 'lost', 'released', 'deferred', 'finished'];

/** A workflow has no output of its own: what its last steps returned stands for it. */
function lastResults({ steps, result }: Job): string {
  const needed = new Set(steps?.flatMap(({ needs }) => needs));
  const results = (result as { steps?: Record<string, unknown> } | null)?.steps ?? {};
  return (steps ?? [])
    .filter(({ name }) => !needed.has(name))
    .map(({ name, kind }) => resultText(kind, results[name]))
    .filter((text) => text !== '')
    .map((text) => (text.endsWith('\n') ? text : `${text}\n`))
    .join('');
}

class JobView {
  /** The running attempt with its decision, once known. */
  attempt: Attempt | undefined;
  #progress: { report: ProgressReport; atMs: number } | undefined;
  /** Steps of a workflow that are at work. */
  readonly #steps = new Set<string>();
  readonly #status: StatusLine;

  constructor(
    private readonly terminal: Terminal,
    private readonly how: { json: boolean; quiet: boolean },
  ) {
    this.#status = new StatusLine(terminal);
  }

  take(event: JobEvent): void {
    if (this.how.json) return this.terminal.out(`${JSON.stringify(event)}\n`);
    if (event.type === 'output') return this.#output(event.data as { stream: string; text: string });
    if (event.type === 'progress')
      this.#progress = { report: event.data as ProgressReport, atMs: Date.parse(event.at) };
    if (ENDS_ATTEMPT.includes(event.type)) this.attempt = this.#progress = undefined;
    this.#follow(event);
    const note = this.how.quiet ? undefined : eventNote(event);
    if (note !== undefined) this.#status.note(`leeway: ${note}`);
  }

  draw(): void {
    if (this.how.json || this.how.quiet) return;
    const waits = this.#steps.size === 0 ? 'waiting for a worker' : `at work: ${[...this.#steps].join(', ')}`;
    this.#status.show(this.attempt === undefined ? waits : this.#standing(this.attempt));
  }

  /** Text that the job has returned. */
  tell(text: string): void {
    this.#status.around(text, this.terminal.out);
  }

  close(): void {
    this.#status.hide();
  }

  /** Wall clock against wall clock: this is for looking only, nothing is decided by it. */
  #standing(attempt: Attempt): string {
    const nowMs = Date.now();
    const startedMs = Date.parse(attempt.startedAt);
    const deadlineMs = attempt.deadlineAt === null ? undefined : Date.parse(attempt.deadlineAt) - startedMs;
    const elapsedMs = nowMs - startedMs;
    if (this.#progress === undefined) return pace({ elapsedMs, decision: attempt.decision, deadlineMs });
    const { report, atMs } = this.#progress;
    const leftMs = report.remainingMs === null ? undefined : Math.max(0, report.remainingMs - (nowMs - atMs));
    return pace({ elapsedMs, decision: attempt.decision, deadlineMs, leftMs, words: progressWords(report) });
  }

  #follow({ type, data }: JobEvent): void {
    const { step } = (data ?? {}) as { step?: string };
    if (step === undefined) return;
    if (type === 'step_started') this.#steps.add(printable(step));
    if (type === 'step_ended') this.#steps.delete(printable(step));
  }

  #output({ stream, text }: { stream: string; text: string }): void {
    const write = stream === 'stderr' ? this.terminal.err : this.terminal.out;
    this.#status.around(text, write);
  }
}
