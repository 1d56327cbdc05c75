import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FRAME } from '../wire/frames.js';
import type { FrameWriter, Source } from './frame-writer.js';
import type { OutputPipe, PipePool } from './pipe-pool.js';

/** When nobody should be left who could write, the pipes are read for as long as something comes within this. */
const QUIET_MS = 200;
const LOOK_EVERY_MS = 50;

/** Standard input and output of one command; the output goes to the worker. */
export class CommandPipes implements Source {
  readonly #stdin: number | 'ignore';
  readonly #stdout: OutputPipe;
  readonly #stderr: OutputPipe;
  readonly #closed: Promise<void>;
  #isClosed = false;
  #lastOutputMs = 0;

  /** `stdin` null: standard input is empty. Throws the system's error when a pipe cannot be had. */
  constructor(stock: PipePool, stdin: Buffer | null) {
    const undo: (() => void)[] = [];
    try {
      this.#stdout = stock.output();
      undo.push(() => discard(this.#stdout));
      this.#stderr = stock.output();
      undo.push(() => discard(this.#stderr));
      this.#stdin = stdin === null ? 'ignore' : stock.input(stdin);
    } catch (error) {
      for (const step of undo) step();
      throw error;
    }
    this.#closed = Promise.all(this.#outputs().map(closeOf)).then(() => {
      this.#isClosed = true;
    });
  }

  /** What the command gets as descriptors 0, 1 and 2. */
  get theirs(): [number | 'ignore', number, number] {
    return [this.#stdin, this.#stdout.theirs, this.#stderr.theirs];
  }

  /** For a command that could not be started. */
  discard(): void {
    this.#closeStdin();
    discard(this.#stdout);
    discard(this.#stderr);
  }

  /** Once the command has its ends: lets go of them, and sends on what it prints. */
  connect(run: number, outlet: FrameWriter): void {
    this.#closeStdin();
    const forward = ({ ours, theirs }: OutputPipe, type: typeof FRAME.stdout | typeof FRAME.stderr): void => {
      closeSync(theirs);
      ours.on('error', () => ours.destroy());
      ours.on('data', (chunk: Buffer) => {
        this.#lastOutputMs = performance.now();
        outlet.sendBytes(type, run, chunk);
      });
    };
    forward(this.#stdout, FRAME.stdout);
    forward(this.#stderr, FRAME.stderr);
    outlet.add(this);
  }

  hold(): void {
    for (const stream of this.#outputs()) stream.pause();
  }

  release(): void {
    for (const stream of this.#outputs()) stream.resume();
  }

  /** Resolves when all output is sent, or when somebody who could not be ended keeps the pipes open in silence. */
  async drained(outlet: FrameWriter): Promise<void> {
    this.#lastOutputMs = performance.now();
    while (!this.#isClosed && performance.now() - this.#lastOutputMs <= QUIET_MS) {
      await Promise.race([this.#closed, delay(LOOK_EVERY_MS)]);
      if (outlet.full) this.#lastOutputMs = performance.now(); // silent because it is held
    }
    for (const stream of this.#outputs()) stream.destroy();
    outlet.remove(this);
  }

  #outputs(): Socket[] {
    return [this.#stdout.ours, this.#stderr.ours];
  }

  #closeStdin(): void {
    if (this.#stdin !== 'ignore') closeSync(this.#stdin);
  }
}

function closeOf(stream: Socket): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', () => resolve());
  });
}

function discard({ ours, theirs }: OutputPipe): void {
  closeSync(theirs);
  ours.destroy();
}
