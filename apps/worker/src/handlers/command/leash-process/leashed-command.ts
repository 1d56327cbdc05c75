import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { endEarlierAttempts, endTree, pauseTree, resumeTree } from '../process-tree/end-tree.js';
import { pidOrder } from '../process-tree/pid-order.js';
import { diesOfTerm, readProcess } from '../process-tree/process-table.js';
import type { Tree } from '../process-tree/tree.js';
import { FRAME } from '../wire/frames.js';
import type { EndedMessage, FailedMessage, StartedMessage, StartMessage } from '../wire/messages.js';
import { CommandPipes } from './command-pipes.js';
import type { FrameWriter } from './frame-writer.js';
import type { PipePool } from './pipe-pool.js';

/** How long the exit of a process that has been seen to be gone may take to be reported to us. */
const EXIT_REPORT_MS = 500;
const FIRST_ATTEMPT = /\.1$/;

type Exit = Pick<EndedMessage, 'exitCode' | 'signal'>;
const NO_EXIT: Exit = { exitCode: null, signal: null };

/** What all commands of a leash share. */
export interface Surroundings {
  readonly outlet: FrameWriter;
  readonly stock: PipePool;
}

/** One command: its processes, and how they end. */
export class LeashedCommand {
  #tree: Tree | null = null;
  #stopAsked = false;
  /** It had not ended when its end was asked for: what it came to is then not its own doing. */
  #wasCutShort = false;
  #exited = false;
  /** The first signal that it gets ends it, so an exit code says that it was about to end by itself. */
  #diesOfStop = false;
  #gone!: (survivors: readonly number[]) => void;
  readonly #survivors: Promise<readonly number[]>;

  constructor(
    readonly run: number,
    private readonly start: StartMessage,
    private readonly surroundings: Surroundings,
  ) {
    this.#survivors = new Promise((resolve) => {
      this.#gone = resolve;
    });
  }

  /** Null before it runs. */
  get tree(): Tree | null {
    return this.#tree;
  }

  /**
   * The whole life of the command; resolves when the worker has been told of its end. `stdin` null: standard input
   * is empty.
   */
  async live(stdin: Buffer | null): Promise<void> {
    const earlier = await this.#endEarlier();
    if (earlier.length > 0)
      return this.#sendFailed(new Error(`Processes of an earlier attempt could not be ended: ${earlier.join(', ')}.`));
    if (this.#stopAsked) return this.#sendEnded(NO_EXIT, []);

    let pipes: CommandPipes;
    let child: ChildProcess;
    try {
      pipes = new CommandPipes(this.surroundings.stock, stdin);
      child = await this.#launch(pipes);
    } catch (error) {
      return this.#sendFailed(error as NodeJS.ErrnoException);
    }
    const exit = exitOf(child);
    // The main process decides: what it leaves behind is ended, also when that still holds the pipes open.
    void exit.then(() => {
      this.#exited = true;
      this.stop(0);
    });
    const survivors = await this.#survivors;
    const known = await Promise.race([exit, delay(EXIT_REPORT_MS, NO_EXIT)]);
    await pipes.drained(this.surroundings.outlet);
    this.#sendEnded(known, survivors);
  }

  /** Ends it and everything it started. The first call decides how long SIGTERM is given. */
  stop(graceMs: number): void {
    if (this.#stopAsked) return;
    this.#stopAsked = true;
    this.#wasCutShort = this.#runs();
    this.#diesOfStop = this.#tree !== null && (graceMs === 0 || diesOfTerm(this.#tree.pid));
    if (this.#tree !== null) void endTree(this.#tree, graceMs).then(this.#gone);
  }

  /** Stops all of it where it stands. False: it does not run, or is being ended. */
  async pause(): Promise<boolean> {
    return this.#tree !== null && !this.#stopAsked && pauseTree(this.#tree);
  }

  /** Lets it go on. False as with `pause`. */
  async resume(): Promise<boolean> {
    return this.#tree !== null && !this.#stopAsked && resumeTree(this.#tree);
  }

  /** Ends it at once, also when it is in its grace. */
  kill(): void {
    this.#stopAsked = true;
    this.#wasCutShort ||= this.#runs();
    if (this.#tree !== null) void endTree(this.#tree, 0).then(this.#gone);
  }

  /** Whether its main process has not ended. An exit that nobody has noted yet is seen, where the system has /proc. */
  #runs(): boolean {
    if (this.#tree === null || this.#exited) return false;
    return process.platform !== 'linux' || readProcess(this.#tree.pid)?.alive === true;
  }

  /** Before a later attempt runs, what an earlier one left on this machine is ended: two copies never run side by side. */
  #endEarlier(): Promise<readonly number[]> {
    const { attemptId } = this.start;
    return FIRST_ATTEMPT.test(attemptId) ? Promise.resolve([]) : endEarlierAttempts(attemptId);
  }

  /** In a session and a process group of its own, without a shell. Throws the system's error. */
  async #launch(pipes: CommandPipes): Promise<ChildProcess> {
    const { file, args, cwd, env } = this.start;
    let child: ChildProcess;
    const round = pidOrder.round(); // before it starts: numbers that begin anew in between are then noticed
    try {
      child = spawn(file, args, { cwd, env, detached: true, stdio: pipes.theirs });
      if (child.pid === undefined) throw ((await once(child, 'error')) as [Error])[0];
    } catch (error) {
      pipes.discard();
      throw error;
    }
    this.#sendStarted(child.pid, round);
    pipes.connect(this.run, this.surroundings.outlet);
    return child;
  }

  #sendStarted(pid: number, round: number | null): void {
    // Even if the process has ended already, it stays visible as a zombie until this turn of the loop is over.
    const startTicks = readProcess(pid)?.startTicks ?? 0;
    this.#tree = { pid, startTicks, round, attemptId: this.start.attemptId, seen: new Map() };
    const started: StartedMessage = { pid, startTicks };
    this.surroundings.outlet.sendMessage(FRAME.started, this.run, started);
  }

  #sendFailed(error: NodeJS.ErrnoException): void {
    const failed: FailedMessage = { code: error.code ?? 'unknown', message: error.message };
    this.surroundings.outlet.sendMessage(FRAME.failed, this.run, failed);
  }

  #sendEnded(exit: Exit, survivors: readonly number[]): void {
    const ownExit = this.#diesOfStop && exit.exitCode !== null;
    const byItself = this.#tree !== null && (!this.#wasCutShort || ownExit);
    const ended: EndedMessage = { ...exit, survivors, ...(byItself ? { byItself } : {}) };
    this.surroundings.outlet.sendMessage(FRAME.ended, this.run, ended);
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  child.on('error', () => {}); // of a signal that could not be sent: the tree is checked in any case
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
}
