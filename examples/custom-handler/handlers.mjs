// Handlers of your own: a module that exports `handlers`, an object of kind to function. It needs no import of Leeway.
//
//     LEEWAY_HANDLERS=examples/custom-handler/handlers.mjs npm start

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Checksums of every file of a folder. Shows how to report progress, how to continue where an earlier attempt ended
 * (checkpoint), and how to end on an abort.
 */
const digestFolder = {
  // Runs before the handler; an input for which it throws fails the job for good. A zod schema would do as well.
  schema: {
    parse(input) {
      if (typeof input?.folder !== 'string') throw new Error('/folder: expected the path of a folder');
      return { folder: input.folder };
    },
  },

  async run({ folder }, { signal, progress, output, checkpoint, lastCheckpoint, log }) {
    const files = await filesIn(folder);
    // Undefined on a first attempt; after a crash or a deadline, the last checkpoint of the attempt before.
    const digests = { ...lastCheckpoint };
    if (lastCheckpoint !== undefined)
      log.info({ done: Object.keys(digests).length }, 'continuing where the last attempt ended');
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
    // No attempt will find a missing folder: `retry: false` on any error fails the job for good.
    throw Object.assign(error, { retry: false });
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

async function sha256(path, signal) {
  const hash = createHash('sha256');
  // With the signal, an abort ends the reading at once; the error that it throws ends the handler.
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex');
}

/**
 * Waits for a file, as for another system. It has no output meanwhile, so it reports activity; and when its time runs out while the
 * wait still makes sense, it extends its deadline.
 */
async function waitForFile({ path }, context) {
  while (!(await stat(path).catch(() => undefined))) {
    // Throws on an abort, which ends the handler: there is nothing to clean up.
    await sleep(POLL_MS, undefined, { signal: context.signal });
    // Resets the idle clock, where the job has one.
    context.activity();
    // The deadline is read again each time, because it changes. `extend` returns false at the hard cap: the `maxMs` of the
    // kind in the policy, or the job's own `timeoutMs`.
    if (context.deadline - Date.now() < 2 * POLL_MS) context.extend(MORE_MS);
  }
  return { path, attempt: context.attempt };
}

const POLL_MS = 200;
const MORE_MS = 1_000;

/**
 * Work that a person has to approve first, by creating a file. While it waits its clocks are paused, whatever limits the job has;
 * the job, its page and `leeway watch` show the reason. After the approval another phase begins.
 */
async function publish({ text, approval }, { output, waiting, phase, signal }) {
  output(`This is to be published: ${text}\n`);
  waiting(true, `somebody to create ${approval}`);
  while (!(await stat(approval).catch(() => undefined))) await sleep(POLL_MS, undefined, { signal });
  waiting(false);
  phase('final synthesis');
  return { published: text };
}

/**
 * Arithmetic that never yields to the event loop. In the worker's own process it would block all other jobs there, and could be
 * ended only together with them. `isolated: true` gives every attempt a process of its own, which is killed at its deadline and
 * can be paused.
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
 * A bad example: it ignores `context.signal`. After its deadline and the grace it is abandoned: the job ends with the cause
 * `deadline`, but the function still runs in the worker. Abandoned handlers are counted (`GET /v1/workers`), and a worker with too
 * many of them drains and is replaced.
 */
async function stubborn({ ms = 60_000 }) {
  await sleep(ms);
  return 'too late: this result is dropped';
}

export const handlers = {
  'digest-folder': digestFolder,
  'wait-for-file': waitForFile,
  publish,
  'count-primes': countPrimes,
  stubborn,
};
