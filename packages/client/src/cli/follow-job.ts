import { resultText, type Attempt, type Job, type JobEvent, type ProgressReport } from '@leeway/contract';
import type { LeewayClient } from '../client.js';
import { eventNote } from './event-note.js';
import { stateText } from './job-text.js';
import { pace, progressText } from './pace.js';
import { printable } from './printable.js';
import { StatusLine } from './status-line.js';
import type { Terminal } from './terminal.js';

export interface FollowJobOptions {
  client: LeewayClient;
  terminal: Terminal;
  /** One JSON line for each event on stdout instead of text. */
  json: boolean;
  /** Only the job's own output. */
  quiet: boolean;
}

const REDRAW_EVERY_MS = 250;

/**
 * Shows a job as it runs: its output on stdout and stderr, its events and its pace on stderr. Resolves with the ended job.
 */
export async function followJob(id: string, options: FollowJobOptions): Promise<Job> {
  const { client, terminal } = options;
  const view = new JobView(terminal, options);
  const redraw = setInterval(() => view.draw(), REDRAW_EVERY_MS);
  try {
    for await (const event of client.events(id)) {
      view.take(event);
      if (MOVES_DEADLINE.includes(event.type)) view.attempt = (await client.get(id)).attempts.at(-1);
    }
    const ended = await client.waitFor(id);
    if (!options.json) view.print(lastResults(ended));
    return ended;
  } finally {
    clearInterval(redraw);
    view.close();
  }
}

/** Prints on stderr how a job ended, unless it succeeded, and whether some of its output is missing. */
export async function reportEnd(job: Job, where: { client: LeewayClient; terminal: Terminal }): Promise<void> {
  const { client, terminal } = where;
  const { error } = job;
  if (job.state !== 'succeeded') {
    const details = [error?.message, error?.advice].flatMap((text) =>
      text === undefined ? [] : ` ${printable(text)}`,
    );
    terminal.err(`leeway: ${job.id} ${stateText(job)}${details.join('')}\n`);
  }
  // One byte: only the mark `truncated` is needed.
  const { truncated } = await client.output(job.id, { tail: 1 });
  if (truncated)
    terminal.err(
      `leeway: the job printed more than is stored; the end of it may be in the result: leeway get ${job.id} --json\n`,
    );
}

const MOVES_DEADLINE: readonly JobEvent['type'][] = ['started', 'extended', 'resumed', 'limits_changed'];
const ENDS_ATTEMPT: readonly JobEvent['type'][] = ['attempt_ended', 'lost', 'released', 'deferred', 'finished'];

/** The output of a workflow: the results of the steps that no other step needs. */
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
  private progress: { report: ProgressReport; atMs: number } | undefined;
  /** Names of the running steps of a workflow. */
  private readonly steps = new Set<string>();
  private readonly status: StatusLine;

  constructor(
    private readonly terminal: Terminal,
    private readonly options: { json: boolean; quiet: boolean },
  ) {
    this.status = new StatusLine(terminal);
  }

  take(event: JobEvent): void {
    if (this.options.json) return this.terminal.out(`${JSON.stringify(event)}\n`);
    if (event.type === 'output') return this.printOutput(event.data as { stream: string; text: string });
    if (event.type === 'progress') this.progress = { report: event.data as ProgressReport, atMs: Date.parse(event.at) };
    if (ENDS_ATTEMPT.includes(event.type)) this.attempt = this.progress = undefined;
    this.trackStep(event);
    const note = this.options.quiet ? undefined : eventNote(event);
    if (note !== undefined) this.status.note(`leeway: ${note}`);
  }

  draw(): void {
    if (this.options.json || this.options.quiet) return;
    const waiting = this.steps.size === 0 ? 'waiting for a worker' : `running: ${[...this.steps].join(', ')}`;
    this.status.show(this.attempt === undefined ? waiting : this.paceOf(this.attempt));
  }

  print(text: string): void {
    this.status.around(text, this.terminal.out);
  }

  close(): void {
    this.status.hide();
  }

  /** Compares two wall clocks, for display only: nothing is decided by it. */
  private paceOf({ startedAt, deadlineAt, decision }: Attempt): string {
    const nowMs = Date.now();
    const startedMs = Date.parse(startedAt);
    const deadlineMs = deadlineAt === null ? undefined : Date.parse(deadlineAt) - startedMs;
    const elapsedMs = nowMs - startedMs;
    if (this.progress === undefined) return pace({ elapsedMs, decision, deadlineMs });
    const { report, atMs } = this.progress;
    const leftMs = report.remainingMs === null ? undefined : Math.max(0, report.remainingMs - (nowMs - atMs));
    return pace({ elapsedMs, decision, deadlineMs, leftMs, progress: progressText(report) });
  }

  private trackStep({ type, data }: JobEvent): void {
    const { step } = (data ?? {}) as { step?: string };
    if (step === undefined) return;
    if (type === 'step_started') this.steps.add(printable(step));
    if (type === 'step_ended') this.steps.delete(printable(step));
  }

  private printOutput({ stream, text }: { stream: string; text: string }): void {
    this.status.around(text, stream === 'stderr' ? this.terminal.err : this.terminal.out);
  }
}
