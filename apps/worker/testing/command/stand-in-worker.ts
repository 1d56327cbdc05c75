/**
 * A worker reduced to its commands: a leash, a heartbeat thread, and the handler. Prints one JSON line for each event.
 * Argument: JSON of StandInOptions.
 */
import { Worker } from 'node:worker_threads';
import { parsePolicy } from '@leeway/contract';
import { createCommandHandler } from '../../src/handlers/command/command-handler.js';
import { startLeash } from '../../src/handlers/command/leash-client/start-leash.js';
import { QUIET_LOG, testContext } from './test-leash.js';

export interface StandInOptions {
  readonly silenceMs: number;
  readonly pingMs: number;
  /** Commands to run at the same time. */
  readonly argvs: readonly (readonly string[])[];
  /** A command to run after all of `argvs` have ended. */
  readonly afterwards?: readonly string[];
  /** Blocks the main loop for so long once the commands run. */
  readonly blockMs?: number;
}

const { silenceMs, pingMs, argvs, afterwards, blockMs } = JSON.parse(process.argv[2] ?? '{}') as StandInOptions;
const leash = startLeash({ silenceMs, env: process.env, log: QUIET_LOG });
const heartbeat = new Worker(new URL('./stand-in-heartbeat.mjs', import.meta.url), {
  workerData: { socketPath: leash.socketPath, pingMs },
});
heartbeat.on('error', print);
const handler = createCommandHandler({ leash, policy: parsePolicy({}), env: process.env });

function print(event: unknown): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function run(argv: readonly string[]): Promise<void> {
  try {
    const result = await handler.run(
      { argv },
      { ...testContext(), output: (chunk) => print({ output: chunk.toString() }) },
    );
    print({ result });
  } catch (error) {
    const { code, cause } = error as { code: string; cause: string };
    print({ code, cause });
  }
}

await leash.ready();
print({ socketPath: leash.socketPath });
const all = Promise.all(argvs.map(run));
if (blockMs !== undefined) {
  await new Promise((resolve) => {
    setTimeout(resolve, pingMs);
  });
  const end = performance.now() + blockMs;
  while (performance.now() < end);
  print({ blockedMs: blockMs });
}
await all;
if (afterwards !== undefined) await run(afterwards);
await leash.close();
process.exit(0);
