import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { FRAME } from '../wire/frames.js';
import type { Outlet, Source } from './outlet.js';

/** When nobody should be left who could write, the pipes are read for as long as something comes within this. */
const QUIET_MS = 200;
const LOOK_EVERY_MS = 50;

/** The output of one command on its way to the worker. */
export class CommandPipes implements Source {
  readonly #streams: readonly Readable[];
  readonly #whenClosed: Promise<void>;
  #closed = false;
  #lastOutputMs = 0;

  constructor(
    child: ChildProcess,
    private readonly run: number,
    private readonly outlet: Outlet,
  ) {
    const [stdout, stderr] = [child.stdout as Readable, child.stderr as Readable];
    this.#streams = [stdout, stderr];
    this.#whenClosed = new Promise((resolve) => {
      child.once('close', () => {
        this.#closed = true;
        resolve();
      });
    });
    this.#forward(stdout, FRAME.stdout);
    this.#forward(stderr, FRAME.stderr);
    outlet.add(this);
  }

  hold(): void {
    for (const stream of this.#streams) stream.pause();
  }

  release(): void {
    for (const stream of this.#streams) stream.resume();
  }

  /** Resolves when all output is sent, or when somebody who could not be ended keeps the pipes open in silence. */
  async drained(): Promise<void> {
    this.#lastOutputMs = performance.now();
    while (!this.#closed && performance.now() - this.#lastOutputMs <= QUIET_MS) {
      await Promise.race([this.#whenClosed, delay(LOOK_EVERY_MS)]);
      if (this.outlet.full) this.#lastOutputMs = performance.now(); // silent because it is held
    }
    for (const stream of this.#streams) stream.destroy();
    this.outlet.remove(this);
  }

  #forward(stream: Readable, type: typeof FRAME.stdout | typeof FRAME.stderr): void {
    stream.on('data', (chunk: Buffer) => {
      this.#lastOutputMs = performance.now();
      this.outlet.sendBytes(type, this.run, chunk);
    });
    stream.on('error', () => stream.destroy());
  }
}
