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

/** Longest time from the end of a process, as /proc shows it, to its exit event. */
const EXIT_REPORT_MS = 500;
const FIRST_ATTEMPT = /\.1$/;

type Exit = Pick<EndedMessage, 'exitCode' | 'signal'>;
const NO_EXIT: Exit = { exitCode: null, signal: null };

/** Shared by all commands of a leash. */
export interface LeashResources {
  readonly writer: FrameWriter;
  readonly pipes: PipePool;
}

/** One command, from the end of earlier attempts of its job to the end of its own processes. */
export class LeashedCommand {
  private processTree: Tree | null = null;
  private stopping = false;
  /** It was still running when a stop began. */
  private wasCutShort = false;
  private exited = false;
  /** The first signal of the stop ends it at once, so that an exit code proves that it exited by itself. */
  private diesOfStop = false;
  private treeEnded!: (survivors: readonly number[]) => void;
  private readonly survivors: Promise<readonly number[]>;

  constructor(
    readonly run: number,
    private readonly start: StartMessage,
    private readonly resources: LeashResources,
  ) {
    this.survivors = new Promise((resolve) => {
      this.treeEnded = resolve;
    });
  }

  /** Null before it runs. */
  get tree(): Tree | null {
    return this.processTree;
  }

  /** Runs the command; resolves when its end is sent to the worker. `stdin` null: standard input is empty. */
  async execute(stdin: Buffer | null): Promise<void> {
    const earlier = await this.endEarlier();
    if (earlier.length > 0)
      return this.sendFailed(new Error(`Processes of an earlier attempt could not be ended: ${earlier.join(', ')}.`));
    if (this.stopping) return this.sendEnded(NO_EXIT, []);

    let pipes: CommandPipes;
    let child: ChildProcess;
    try {
      pipes = new CommandPipes(this.resources.pipes, stdin);
      child = await this.launch(pipes);
    } catch (error) {
      return this.sendFailed(error as NodeJS.ErrnoException);
    }
    const exit = exitOf(child);
    // With the main process everything is ended that it leaves behind, also what still holds the pipes open.
    void exit.then(() => {
      this.exited = true;
      this.stop(0);
    });
    const survivors = await this.survivors;
    const reported = await Promise.race([exit, delay(EXIT_REPORT_MS, NO_EXIT)]);
    await pipes.drained(this.resources.writer);
    this.sendEnded(reported, survivors);
  }

  /** Ends it with all its processes. Only the first call counts. */
  stop(graceMs: number): void {
    if (this.stopping) return;
    this.stopping = true;
    this.wasCutShort = this.isRunning();
    this.diesOfStop = this.tree !== null && (graceMs === 0 || diesOfTerm(this.tree.pid));
    if (this.tree !== null) void endTree(this.tree, graceMs).then(this.treeEnded);
  }

  /** Suspends all its processes. False: it does not run, or is being ended. */
  async pause(): Promise<boolean> {
    return this.tree !== null && !this.stopping && pauseTree(this.tree);
  }

  /** False: it does not run, or is being ended. */
  async resume(): Promise<boolean> {
    return this.tree !== null && !this.stopping && resumeTree(this.tree);
  }

  /** Ends it at once, also during its grace. */
  kill(): void {
    this.stopping = true;
    this.wasCutShort ||= this.isRunning();
    if (this.tree !== null) void endTree(this.tree, 0).then(this.treeEnded);
  }

  /** Whether its main process is running. /proc shows an exit also before its event has arrived. */
  private isRunning(): boolean {
    if (this.tree === null || this.exited) return false;
    return process.platform !== 'linux' || readProcess(this.tree.pid)?.alive === true;
  }

  /** Ends the processes of earlier attempts on this machine, so that two attempts of a job never run side by side. */
  private endEarlier(): Promise<readonly number[]> {
    const { attemptId } = this.start;
    return FIRST_ATTEMPT.test(attemptId) ? Promise.resolve([]) : endEarlierAttempts(attemptId);
  }

  /** In a session and a process group of its own, without a shell. Throws the system's error. */
  private async launch(pipes: CommandPipes): Promise<ChildProcess> {
    const { file, args, cwd, env } = this.start;
    let child: ChildProcess;
    const round = pidOrder.round(); // before the start, so that a wrap of the pids in between is noticed
    try {
      child = spawn(file, args, { cwd, env, detached: true, stdio: pipes.theirs });
      if (child.pid === undefined) throw ((await once(child, 'error')) as [Error])[0];
    } catch (error) {
      pipes.discard();
      throw error;
    }
    this.sendStarted(child.pid, round);
    pipes.connect(this.run, this.resources.writer);
    return child;
  }

  private sendStarted(pid: number, round: number | null): void {
    // A process that has ended already stays visible as a zombie until the end of this turn of the event loop.
    const startTicks = readProcess(pid)?.startTicks ?? 0;
    this.processTree = { pid, startTicks, round, attemptId: this.start.attemptId, seen: new Map() };
    const started: StartedMessage = { pid, startTicks };
    this.resources.writer.sendMessage(FRAME.started, this.run, started);
  }

  private sendFailed(error: NodeJS.ErrnoException): void {
    const failed: FailedMessage = { code: error.code ?? 'unknown', message: error.message };
    this.resources.writer.sendMessage(FRAME.failed, this.run, failed);
  }

  private sendEnded(exit: Exit, survivors: readonly number[]): void {
    const ownExit = this.diesOfStop && exit.exitCode !== null;
    const byItself = this.tree !== null && (!this.wasCutShort || ownExit);
    const ended: EndedMessage = { ...exit, survivors, ...(byItself ? { byItself } : {}) };
    this.resources.writer.sendMessage(FRAME.ended, this.run, ended);
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  child.on('error', () => {}); // a signal that could not be sent: the tree is checked in any case
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
}
