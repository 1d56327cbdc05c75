// Handlers of your own: a module that exports `handlers`, a record of kind to function. It needs nothing of Leeway's.
//
//     LEEWAY_HANDLERS=examples/custom-handler/handlers.mjs npm start

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Checksums of every file of a folder. Shows how to report progress, how to go on where an earlier attempt was ended
 * (checkpoint), how to stop when asked to, and how to ask for more time.
 */
const digestFolder = {
  // Checked before the handler runs; an input that throws here is not tried again. A zod schema would do as well.
  schema: {
    parse(input) {
      if (typeof input?.folder !== 'string') throw new Error('/folder: expected the path of a folder');
      return { folder: input.folder };
    },
  },

  async run({ folder }, { signal, progress, output, checkpoint, lastCheckpoint, log }) {
    const files = await filesIn(folder);
    // Undefined on a first attempt; after a crash or a deadline, what the last attempt left.
    const digests = { ...lastCheckpoint };
    if (lastCheckpoint !== undefined)
      log.info({ done: Object.keys(digests).length }, 'going on where the last attempt ended');
    for (const file of files) {
      if (digests[file] !== undefined) continue;
      digests[file] = await sha256(join(folder, file), signal);
      output(`${digests[file]}  ${file}\n`);
      checkpoint(digests);
      progress({ done: Object.keys(digests).length, of: files.length });
    }
    return { files: files.length, digests };
  },
};

async function filesIn(folder) {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    // No attempt will find what is not there: `retry: false` on any error says so.
    throw Object.assign(error, { retry: false });
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

async function sha256(path, signal) {
  const hash = createHash('sha256');
  // With the signal, an abort ends the reading at once; the error it throws ends the handler.
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex');
}

/**
 * Waits until a file is there, as one waits for another system. Silent for as long as it takes, so it says that it is
 * alive; and when its time runs out while the wait still makes sense, it asks for more.
 */
async function waitForFile({ path }, context) {
  while (!(await stat(path).catch(() => undefined))) {
    // Throws when the attempt is ended, and that is the way to end: nothing is left to clean up.
    await sleep(LOOK_MS, undefined, { signal: context.signal });
    // Evidence that this is not stuck, where the job has an idle clock.
    context.activity();
    // Read the deadline again each time, it moves. `extend` gives false at the hard cap: the `maxMs` of the kind in the
    // policy, or the `timeoutMs` of a job that named one.
    if (context.deadline - Date.now() < 2 * LOOK_MS) context.extend(MORE_MS);
  }
  return { path, attempt: context.attempt };
}

const LOOK_MS = 200;
const MORE_MS = 1_000;

/**
 * What a person has to allow first, by creating a file. While it waits its clocks stand, whatever limits the job has; the
 * job, its page and `leeway watch` say for what it waits. What follows is another phase of the work.
 */
async function publish({ text, approval }, { output, waiting, phase, signal }) {
  output(`This is to be published: ${text}\n`);
  waiting(true, `somebody to create ${approval}`);
  while (!(await stat(approval).catch(() => undefined))) await sleep(LOOK_MS, undefined, { signal });
  waiting(false);
  phase('final synthesis');
  return { published: text };
}

/**
 * Arithmetic that does not let go of the processor. In the worker's own process it would hold up everything else there,
 * and could be ended only together with it. `isolated: true` gives every attempt a process of its own, which is killed at
 * its deadline whatever it does, and can be paused.
 */
const countPrimes = {
  isolated: true,

  run({ below = 1_000 }, { progress }) {
    let count = 0;
    for (let n = 2; n < below; n += 1) {
      if (isPrime(n)) count += 1;
      if (n % REPORT_EVERY === 0) progress({ at: n, below });
    }
    return { below, count };
  },
};

const REPORT_EVERY = 1_000_000;

function isPrime(n) {
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) return false;
  return true;
}

/**
 * How not to do it: it never looks at `context.signal`. At its deadline it is asked to stop, gets the grace, and is then
 * abandoned: the job ends truthfully with the cause `deadline`, but the function goes on in the worker. Abandoned
 * handlers are counted (`GET /v1/workers`), and a worker with too many of them drains and is replaced.
 */
async function stubborn({ ms = 60_000 }) {
  await sleep(ms);
  return 'nobody waits for this any more';
}

export const handlers = {
  'digest-folder': digestFolder,
  'wait-for-file': waitForFile,
  publish,
  'count-primes': countPrimes,
  stubborn,
};
