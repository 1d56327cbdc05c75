import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Part } from '@leeway/runtime';
import type { GuardMessage } from './guard-process/main.js';

const PROGRAM = fileURLToPath(new URL('./guard-process/main.js', import.meta.url));

export interface GuardOptions {
  onStarted(pid: number): void;
}

/**
 * A second process that ends the processes of the stack when this one is killed. It has a session of its own, so that
 * neither Ctrl-C nor a signal to our process group reaches it, and is started again when it is killed itself.
 */
export class Guard implements Part {
  readonly name = 'guard';
  private readonly pids = new Map<number, { endsLast: boolean }>();
  private process: ChildProcess | undefined;
  private stopping = false;

  constructor(private readonly options: GuardOptions) {}

  start(): void {
    const guard = spawn(process.execPath, [PROGRAM], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
    this.process = guard;
    // It can be killed between two writes; its successor gets the whole list.
    guard.stdin.on('error', () => {});
    guard.once('exit', () => {
      if (!this.stopping) this.start();
    });
    for (const [pid, { endsLast }] of this.pids) this.send({ add: pid, endsLast });
    if (guard.pid !== undefined) this.options.onStarted(guard.pid);
  }

  add(pid: number, { endsLast }: { endsLast: boolean }): void {
    this.pids.set(pid, { endsLast });
    this.send({ add: pid, endsLast });
  }

  remove(pid: number): void {
    this.pids.delete(pid);
    this.send({ remove: pid });
  }

  /** Ends the guard, which first ends the processes that are still on its list. */
  async stop(): Promise<void> {
    this.stopping = true;
    const guard = this.process;
    if (guard === undefined || guard.exitCode !== null || guard.signalCode !== null) return;
    const ended = new Promise((resolve) => guard.once('exit', resolve));
    guard.stdin?.end();
    await ended;
  }

  private send(message: GuardMessage): void {
    this.process?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
