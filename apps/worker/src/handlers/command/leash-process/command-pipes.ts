import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FRAME } from '../wire/frames.js';
import type { FrameWriter, Source } from './frame-writer.js';
import type { OutputPipe, PipePool } from './pipe-pool.js';

/** After the end of all processes the pipes are read until nothing has arrived for so long. */
const QUIET_MS = 200;
const CHECK_EVERY_MS = 50;

/** Standard input and output of one command; the output goes to the worker. */
export class CommandPipes implements Source {
  private readonly stdin: number | 'ignore';
  private readonly stdout: OutputPipe;
  private readonly stderr: OutputPipe;
  private readonly closed: Promise<void>;
  private isClosed = false;
  private lastOutputMs = 0;

  /** `stdin` null: standard input is empty. Throws the system's error when a pipe cannot be created. */
  constructor(pool: PipePool, stdin: Buffer | null) {
    const undo: (() => void)[] = [];
    try {
      this.stdout = pool.output();
      undo.push(() => discard(this.stdout));
      this.stderr = pool.output();
      undo.push(() => discard(this.stderr));
      this.stdin = stdin === null ? 'ignore' : pool.input(stdin);
    } catch (error) {
      for (const step of undo) step();
      throw error;
    }
    this.closed = Promise.all(this.outputs().map(closeOf)).then(() => {
      this.isClosed = true;
    });
  }

  /** Descriptors 0, 1 and 2 of the command. */
  get theirs(): [number | 'ignore', number, number] {
    return [this.stdin, this.stdout.theirs, this.stderr.theirs];
  }

  /** For a command that could not be started. */
  discard(): void {
    this.closeStdin();
    discard(this.stdout);
    discard(this.stderr);
  }

  /** After the start of the command: closes its descriptors here, and forwards its output. */
  connect(run: number, writer: FrameWriter): void {
    this.closeStdin();
    const forward = ({ ours, theirs }: OutputPipe, type: typeof FRAME.stdout | typeof FRAME.stderr): void => {
      closeSync(theirs);
      ours.on('error', () => ours.destroy());
      ours.on('data', (chunk: Buffer) => {
        this.lastOutputMs = performance.now();
        writer.sendBytes(type, run, chunk);
      });
    };
    forward(this.stdout, FRAME.stdout);
    forward(this.stderr, FRAME.stderr);
    writer.add(this);
  }

  pause(): void {
    for (const stream of this.outputs()) stream.pause();
  }

  resume(): void {
    for (const stream of this.outputs()) stream.resume();
  }

  /** Resolves when all output is sent, or when a process that could not be ended keeps the pipes open and prints nothing. */
  async drained(writer: FrameWriter): Promise<void> {
    this.lastOutputMs = performance.now();
    while (!this.isClosed && performance.now() - this.lastOutputMs <= QUIET_MS) {
      await Promise.race([this.closed, delay(CHECK_EVERY_MS)]);
      if (writer.full) this.lastOutputMs = performance.now(); // silent because it is paused
    }
    for (const stream of this.outputs()) stream.destroy();
    writer.remove(this);
  }

  private outputs(): Socket[] {
    return [this.stdout.ours, this.stderr.ours];
  }

  private closeStdin(): void {
    if (this.stdin !== 'ignore') closeSync(this.stdin);
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
