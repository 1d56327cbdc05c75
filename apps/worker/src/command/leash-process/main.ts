/**
 * The leash: a small process beside each worker that starts the worker's commands, and ends them all when the worker
 * is killed (its pipe closes) or frozen (its heartbeat thread goes silent).
 *
 * Arguments: path of the liveness socket, in a folder made for it; silence in milliseconds. Descriptor 3: the worker.
 */
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { FrameReader } from '../wire/frames.js';
import { LEASH_EXIT, type LeashExit } from '../wire/messages.js';
import { Holder } from './holder.js';
import { createLivenessServer } from './liveness.js';
import { Outlet } from './outlet.js';
import { PipeStock } from './pipe-stock.js';

const WORKER_FD = 3;
const [socketPath = '', silenceMs = ''] = process.argv.slice(2);
const folder = dirname(socketPath);

// Not process.stdout: writes to that block when the worker is frozen, and a blocked leash would never notice.
const worker = new Socket({ fd: WORKER_FD, readable: true, writable: true });
const holder = new Holder({ outlet: new Outlet(worker), stock: new PipeStock(join(folder, 'pipes')) });
const reader = new FrameReader();
const server = createLivenessServer({
  silenceMs: Number(silenceMs),
  onAlive: () => holder.workerIsAlive(),
  onSilent: () => endAndExit(LEASH_EXIT.workerSilent),
});
server.listen(socketPath);

worker.on('data', (chunk: Buffer) => {
  for (const frame of reader.read(chunk)) holder.take(frame);
});
worker.on('end', () => endAndExit(LEASH_EXIT.workerGone));
worker.on('error', () => endAndExit(LEASH_EXIT.workerGone));
process.on('SIGTERM', () => endAndExit(LEASH_EXIT.terminated));
// A terminal sends these to everybody; the worker says when it is time to go.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('uncaughtException', (error) => endAndExit(LEASH_EXIT.crashed, error));
process.on('unhandledRejection', (error) => endAndExit(LEASH_EXIT.crashed, error));

let ending = false;

/** Ends every command and then this process. A crash is told on stderr, last: that write can block. */
function endAndExit(code: LeashExit, crash?: unknown): void {
  if (ending) return;
  ending = true;
  void holder.endEverything().finally(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
    if (crash !== undefined)
      process.stderr.write(`leash ${process.pid} crashed: ${crash instanceof Error ? crash.stack : String(crash)}\n`);
    process.exit(code);
  });
}
