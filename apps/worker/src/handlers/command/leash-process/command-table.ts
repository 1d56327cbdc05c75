import { FRAME, type Frame } from '../wire/frames.js';
import { decodeMessage, type SignalledMessage, type StartMessage, type StopMessage } from '../wire/messages.js';
import { watchCpuActivity } from './cpu-activity.js';
import { LeashedCommand, type LeashResources } from './leashed-command.js';

/** The running commands of a leash, by the worker's number of each. Carries out the worker's frames. */
export class CommandTable {
  private readonly commands = new Map<number, LeashedCommand>();
  private readonly executions = new Set<Promise<void>>();
  /** By run: the `stdin` frame comes before the `start` frame. */
  private readonly inputs = new Map<number, Buffer>();
  private acceptsCommands = false;

  constructor(private readonly resources: LeashResources) {
    watchCpuActivity(
      () => this.commands.values(),
      (command) => resources.writer.sendMessage(FRAME.cpuActivity, command.run),
    );
  }

  /** The first ping has arrived: commands may run, because from now on the silence of the worker is noticed. */
  workerIsAlive(): void {
    this.acceptsCommands = true;
    this.resources.writer.sendMessage(FRAME.alive, 0);
  }

  receive({ type, run, payload }: Frame): void {
    switch (type) {
      case FRAME.stdin:
        this.inputs.set(run, Buffer.from(payload));
        break;
      case FRAME.start:
        this.start(run, decodeMessage<StartMessage>(payload));
        break;
      case FRAME.stop:
        // A missing command has ended meanwhile, and its `ended` frame is under way.
        this.commands.get(run)?.stop(decodeMessage<StopMessage>(payload).graceMs);
        break;
      case FRAME.pause:
        void this.reply(run, this.commands.get(run)?.pause());
        break;
      case FRAME.resume:
        void this.reply(run, this.commands.get(run)?.resume());
        break;
      default:
        throw new Error(`The worker sent a frame of the unknown type ${type}.`);
    }
  }

  /**
   * Ends all commands at once and refuses further ones; resolves when all have ended, or after VERIFY_MS. Sends no `ended` frame:
   * the commands did not end by themselves, and the end of the leash fails them all.
   */
  async endEverything(): Promise<void> {
    this.acceptsCommands = false;
    this.resources.writer.sendMessage(FRAME.closing, 0);
    this.resources.writer.mute();
    for (const command of this.commands.values()) command.kill();
    await Promise.all(this.executions);
  }

  private start(run: number, start: StartMessage): void {
    const stdin = this.inputs.get(run) ?? null;
    this.inputs.delete(run);
    if (!this.acceptsCommands) return this.resources.writer.sendMessage(FRAME.refused, run);
    const command = new LeashedCommand(run, start, this.resources);
    this.commands.set(run, command);
    const execution = command.execute(stdin).finally(() => {
      this.commands.delete(run);
      this.executions.delete(execution);
    });
    this.executions.add(execution);
  }

  private async reply(run: number, effect: Promise<boolean> | undefined): Promise<void> {
    const signalled: SignalledMessage = { done: (await effect) ?? false };
    this.resources.writer.sendMessage(FRAME.signalled, run, signalled);
  }
}
