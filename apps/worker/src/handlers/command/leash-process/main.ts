/**
 * The leash: a small process beside each worker that starts the worker's commands, and ends them all when the worker
 * is killed (its pipe closes) or frozen (its heartbeat thread goes silent).
 *
 * Arguments: path of the liveness socket, in a folder of its own; silence in milliseconds. Descriptor 3: the pipe to the worker.
 */
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FrameReader } from '../wire/frames.js';
import { LEASH_EXIT, type LeashExit } from '../wire/messages.js';
import { CommandTable } from './command-table.js';
import { FrameWriter } from './frame-writer.js';
import { createLivenessServer } from './liveness.js';
import { PipePool } from './pipe-pool.js';

const WORKER_FD = 3;
const [socketPath = '', silenceMs = ''] = process.argv.slice(2);
const folder = dirname(socketPath);

// Not process.stdout: writes to it block while the worker is frozen, and a blocked leash would never notice that.
const worker = new Socket({ fd: WORKER_FD, readable: true, writable: true });
const commands = new CommandTable({ writer: new FrameWriter(worker), pipes: new PipePool(join(folder, 'pipes')) });
const reader = new FrameReader();
const server = createLivenessServer({
  silenceMs: Number(silenceMs),
  onAlive: () => commands.workerIsAlive(),
  onSilent: () => endAndExit(LEASH_EXIT.workerSilent),
});
server.listen(socketPath);

worker.on('data', (chunk: Buffer) => {
  for (const frame of reader.read(chunk)) commands.receive(frame);
});
worker.on('end', () => endAndExit(LEASH_EXIT.workerGone));
worker.on('error', () => endAndExit(LEASH_EXIT.workerGone));
process.on('SIGTERM', () => endAndExit(LEASH_EXIT.terminated));
// A terminal sends these to all its processes; the leash ends after its worker.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('uncaughtException', (error) => endAndExit(LEASH_EXIT.crashed, error));
process.on('unhandledRejection', (error) => endAndExit(LEASH_EXIT.crashed, error));

/** Longest time that a running worker takes to close its side of the pipe; a frozen one does not close it. */
const HANG_UP_MS = 500;
let ending = false;

/** Ends every command, and reads the frames of the worker until it closes the pipe: each `start` among them is refused. */
async function endInOrder(): Promise<void> {
  // Not `once`: a broken pipe is a closed pipe, and no error.
  const hungUp = new Promise<void>((resolve) => {
    if (worker.readableEnded || worker.destroyed) resolve();
    else worker.once('close', () => resolve());
  });
  await commands.endEverything();
  await Promise.race([hungUp, delay(HANG_UP_MS)]);
}

/** Ends every command and then this process. The stack of a crash goes to stderr last, because that write can block. */
function endAndExit(code: LeashExit, crash?: unknown): void {
  if (ending) return;
  ending = true;
  void endInOrder().finally(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
    if (crash !== undefined)
      process.stderr.write(`leash ${process.pid} crashed: ${crash instanceof Error ? crash.stack : String(crash)}\n`);
    process.exit(code);
  });
}
