import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Part } from '@leeway/runtime';
import { StartError } from '../start-error.js';
import type { Guard } from './guard.js';
import { watchLines, type LineWatch } from './line-watch.js';

export interface KeptProcessOptions {
  name: string;
  /** Starts the child in a process group of its own. */
  launch(): ChildProcess;
  /** Resolves when the child is ready; stays open when the child ends before. */
  isReady(child: ChildProcess, lines: LineWatch): Promise<unknown>;
  /** Ends the child if this process is killed. */
  guard: Pick<Guard, 'add' | 'remove'>;
  /** Whether the guard ends the child after the others. Default false. */
  endsLast?: boolean;
  /** Receives each line that the child prints. */
  onLine(line: string): void;
  /** Shows a line to the person who started the stack. */
  announce(text: string): void;
  /** A child that ran longer was healthy: the pause before its restart is the first one again. Default 5 s. */
  healthyAfterMs?: number;
}

const FIRST_PAUSE_MS = 500;
/** A longer pause would only leave the stack without this process: a start costs less than a second. */
const LONGEST_PAUSE_MS = 5_000;
const HEALTHY_AFTER_MS = 5_000;
/** Time for the last lines of a child that has ended; a process that it left behind can keep the pipe open for ever. */
const LAST_LINES_MS = 200;
const MS_PER_S = 1_000;

/**
 * A process that is started again, after a growing pause, when it ends by itself. An end before it was ever ready is
 * final: its cause will not disappear with a second start.
 */
export class KeptProcess implements Part {
  readonly name: string;
  private child: ChildProcess | undefined;
  private loop: Promise<void> = Promise.resolve();
  private ready = false;
  private readonly stopping = new AbortController();

  constructor(private readonly options: KeptProcessOptions) {
    this.name = options.name;
  }

  /** Whether the process was ready once. */
  get wasReady(): boolean {
    return this.ready;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Resolves when the process is ready, or was stopped before. Rejects with a StartError when it ends before. */
  async start(): Promise<void> {
    let lastEnd = '';
    const firstReady = new Promise<void>((resolve) => {
      this.loop = this.keepRunning(resolve).then((how) => void (lastEnd = how));
    });
    await Promise.race([firstReady, this.loop]);
    if (!this.ready && !this.stopping.signal.aborted)
      throw new StartError(`${this.name} ended (${lastEnd}) before it was ready. The lines above are its output.`);
  }

  /** Sends SIGTERM to the process, and SIGKILL to its group when the signal fires. Resolves when it has ended. */
  async stop(signal?: AbortSignal): Promise<void> {
    this.stopping.abort();
    const kill = () => {
      if (this.child === undefined) return;
      this.options.announce(`${this.name} is still running; killing it`);
      this.signalGroup('SIGKILL');
    };
    this.signalChild('SIGTERM');
    if (signal?.aborted === true) kill();
    else signal?.addEventListener('abort', kill, { once: true });
    await this.loop;
    signal?.removeEventListener('abort', kill);
  }

  /** Resolves with the way the last child ended, once no other one will follow. */
  private async keepRunning(onReady: () => void): Promise<string> {
    const { signal } = this.stopping;
    const { announce, healthyAfterMs = HEALTHY_AFTER_MS } = this.options;
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      const startedAtMs = performance.now();
      const how = await this.runOnce(onReady);
      if (signal.aborted || !this.ready) return how;
      if (performance.now() - startedAtMs > healthyAfterMs) pauseMs = FIRST_PAUSE_MS;
      announce(`${this.name} ended (${how}); starting it again in ${pauseMs / MS_PER_S} s`);
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return how;
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  private async runOnce(onReady: () => void): Promise<string> {
    const { launch, isReady, guard, endsLast = false, onLine } = this.options;
    const child = launch();
    this.child = child;
    if (child.pid !== undefined) guard.add(child.pid, { endsLast });
    void isReady(child, watchLines(child, onLine)).then(() => {
      this.ready = true;
      onReady();
    });
    const how = await endOf(child);
    if (child.pid !== undefined) guard.remove(child.pid);
    this.child = undefined;
    return how;
  }

  private signalChild(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  private signalGroup(name: NodeJS.Signals): void {
    if (this.child?.pid === undefined) return;
    try {
      process.kill(-this.child.pid, name);
    } catch {
      // The group has ended meanwhile.
    }
  }
}

/** `code 1` or `SIGKILL`, or why the child could not be started; resolves once its last lines were read. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      const closed = new Promise((done) => child.once('close', done));
      void Promise.race([closed, sleep(LAST_LINES_MS)]).then(() => resolve(signal ?? `code ${code}`));
    });
  });
}
