import { FRAME, type Frame } from '../wire/frames.js';
import { decodeMessage, type SignalledMessage, type StartMessage, type StopMessage } from '../wire/messages.js';
import { watchProcessorTime } from './cpu-activity.js';
import { LeashedCommand, type Surroundings } from './leashed-command.js';

/** Does what the worker's frames say, for all commands of the worker. */
export class CommandTable {
  readonly #commands = new Map<number, LeashedCommand>();
  readonly #lives = new Set<Promise<void>>();
  /** Standard input comes before the start that it belongs to. */
  readonly #inputs = new Map<number, Buffer>();
  #alive = false;

  constructor(private readonly surroundings: Surroundings) {
    watchProcessorTime(
      () => this.#commands.values(),
      (command) => surroundings.outlet.sendMessage(FRAME.busy, command.run),
    );
  }

  /** From now on commands may run: the worker's silence would be noticed. */
  workerIsAlive(): void {
    this.#alive = true;
    this.surroundings.outlet.sendMessage(FRAME.alive, 0);
  }

  take({ type, run, payload }: Frame): void {
    switch (type) {
      case FRAME.stdin:
        this.#inputs.set(run, Buffer.from(payload));
        break;
      case FRAME.start:
        this.#start(run, decodeMessage<StartMessage>(payload));
        break;
      case FRAME.stop:
        // A command that is not there has ended in the meantime, and the worker is about to read so.
        this.#commands.get(run)?.stop(decodeMessage<StopMessage>(payload).graceMs);
        break;
      case FRAME.pause:
        void this.#answer(run, this.#commands.get(run)?.pause());
        break;
      case FRAME.resume:
        void this.#answer(run, this.#commands.get(run)?.resume());
        break;
      default:
        throw new Error(`The worker sent a frame of the unknown type ${type}.`);
    }
  }

  /**
   * Ends all commands at once and refuses further ones; resolves when all are gone, or it was tried for long enough. The
   * worker is not told how each of them ended: it was not their doing, and the end of the leash says it for all.
   */
  async endEverything(): Promise<void> {
    this.#alive = false;
    this.surroundings.outlet.sendMessage(FRAME.closing, 0);
    this.surroundings.outlet.mute();
    for (const command of this.#commands.values()) command.kill();
    await Promise.all(this.#lives);
  }

  #start(run: number, start: StartMessage): void {
    const stdin = this.#inputs.get(run) ?? null;
    this.#inputs.delete(run);
    if (!this.#alive) return this.surroundings.outlet.sendMessage(FRAME.refused, run);
    const command = new LeashedCommand(run, start, this.surroundings);
    this.#commands.set(run, command);
    const life = command.live(stdin).finally(() => {
      this.#commands.delete(run);
      this.#lives.delete(life);
    });
    this.#lives.add(life);
  }

  async #answer(run: number, effect: Promise<boolean> | undefined): Promise<void> {
    const signalled: SignalledMessage = { done: (await effect) ?? false };
    this.surroundings.outlet.sendMessage(FRAME.signalled, run, signalled);
  }
}
