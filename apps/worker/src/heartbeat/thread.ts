import { parentPort, workerData } from 'node:worker_threads';
import type { AttemptId } from '@leeway/contract';
import {
  beat,
  beatClientName,
  defineScripts,
  heartbeatTimes,
  openRedis,
  recordDeathCause,
  removePresence,
  watchConnection,
  type Signal,
} from '@leeway/queue/heartbeat';
import { createLog } from '@leeway/runtime/log';
import { startLeashPing, type LeashPing } from '../handlers/command/leash-client/leash-ping.js';
import { attributeCrash } from '../worker/attribute-crash.js';
import { inspectMainThread } from './inspect-main-thread.js';
import { LeaseTable } from './lease-table.js';
import { LoopWatch } from './loop-watch.js';
import {
  INSPECT_MOST_MS,
  LAST_WORDS_MS,
  sharedMs,
  type FromThread,
  type ThreadData,
  type ToThread,
} from './messages.js';
import { SharedQueue } from './shared-queue.js';

/**
 * The heartbeat thread: renews the leases of the attempts of its process over a connection of its own, pings the leash, and
 * watches the main loop. A blocked main loop does not stop the heartbeat; once it counts as frozen, this thread kills the
 * whole process.
 */
const data = workerData as ThreadData;
const { supervision } = data;
const times = heartbeatTimes(supervision);
const port = parentPort as NonNullable<typeof parentPort>;
const pulse = new Int32Array(data.pulse);
const LOOK_EVERY_MS = 250;
/** Well below the time between two beats, each of which reads the queue as well. */
const READ_EVERY_MS = 50;
/** A suspended process finds its own timer this much later than planned, in ms. */
const SUSPENDED_MS = 1_000;
/** Part of `lostAfterMs` without a reply from Redis after which other workers may soon take over. */
const CUT_OFF_SHARE = 0.6;

const redis = openRedis({
  url: data.redisUrl,
  name: beatClientName(data.self.id),
  patience: 'request',
  commandTimeoutMs: supervision.lostAfterMs,
});
redis.on('error', () => undefined);
watchConnection(redis);
const run = defineScripts(redis);
const leases = new LeaseTable();
const inProcess = new Set<AttemptId>();
const NO_CHANGE = JSON.stringify({ kind: 'desired', desired: {} } satisfies Signal);
const lastSent = new Map<AttemptId, string>();
let self = data.self;
let leash: LeashPing | undefined;
let lastBeatMs = sharedMs();
let cutOff = false;
let beaten = false;
let beating = false;

const queue = new SharedQueue(data.queue);
const reads = setInterval(readQueue, READ_EVERY_MS);
// Null only asks to read the queue now.
port.on('message', (message: ToThread | null) => {
  readQueue();
  if (message !== null) receive(message);
});

function readQueue(): void {
  for (const text of queue.readAll()) receive(JSON.parse(text) as ToThread);
}

function receive(message: ToThread): void {
  switch (message.type) {
    case 'claim_started':
      leases.claimStarted(message.claim, message.untilMs);
      return;
    case 'claim_finished':
      leases.claimFinished(message.claim, message.attempt);
      return;
    case 'renew_lease':
      leases.renewLease(message.attempt, message.untilMs);
      return;
    case 'in_process':
      inProcess.add(message.attempt);
      return;
    case 'release':
      leases.release(message.attempt);
      inProcess.delete(message.attempt);
      lastSent.delete(message.attempt);
      return;
    case 'self':
      self = { ...self, ...message.self };
      return;
    case 'leash':
      leash?.stop();
      leash = startLeashPing(message.socketPath, times.leashPingMs);
      return;
    case 'stop':
      void stop();
      return;
  }
}

const beats = setInterval(() => void beatOnce(), times.beatEveryMs);
const looks = watchLoop();
// Also after an outage: the sooner its leases are renewed, the fewer attempts are taken for lost.
redis.on('ready', () => void beatOnce());

async function beatOnce(): Promise<void> {
  readQueue();
  const now = sharedMs();
  leases.expire(now);
  if (beating) return checkCutOff(now);
  beating = true;
  try {
    const { claims } = leases;
    const { signals, claimed } = await beat(
      run,
      { worker: self.id, info: JSON.stringify(self), supervision },
      leases.attempts,
      claims,
    );
    leases.observe(claims, claimed);
    for (const [attempt, signal] of signals) sendSignal(attempt, signal);
    lastBeatMs = now;
    cutOff = false;
    if (!beaten) send({ type: 'beating' });
    beaten = true;
  } catch {
    checkCutOff(sharedMs());
  } finally {
    beating = false;
  }
}

/** Sends the desired state of an attempt when it changes. */
function sendSignal(attempt: AttemptId, signal: Signal): void {
  if (signal.kind === 'lost') leases.release(attempt);
  const text = JSON.stringify(signal);
  if ((lastSent.get(attempt) ?? NO_CHANGE) === text) return;
  lastSent.set(attempt, text);
  send({ type: 'signal', attempt, signal });
}

function checkCutOff(nowMs: number): void {
  const sinceMs = nowMs - lastBeatMs;
  const riskyMs = supervision.lostAfterMs * CUT_OFF_SHARE;
  if (sinceMs < riskyMs) return;
  send({ type: 'cut_off', sinceMs, riskyMs, again: cutOff });
  cutOff = true;
}

function watchLoop(): NodeJS.Timeout {
  const watch = new LoopWatch(supervision, LOOK_EVERY_MS);
  let lastMs = sharedMs();
  return setInterval(() => {
    const now = sharedMs();
    if (now - lastMs > LOOK_EVERY_MS + SUSPENDED_MS) send({ type: 'suspended', suspendedMs: now - lastMs });
    lastMs = now;
    checkCutOff(now);
    const loop = watch.look(Atomics.load(pulse, 0), now);
    if (loop.state === 'paused') send({ type: 'paused', pausedMs: loop.pausedMs });
    if (loop.state === 'frozen') void die(loop.pausedMs);
  }, LOOK_EVERY_MS);
}

/** Kills this process for its frozen loop. Records the cause first, so that the loss counts only for the attempt that froze it. */
async function die(frozenMs: number): Promise<void> {
  readQueue();
  clearInterval(looks);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS_MS);
  const { attempt: culprit, at } = await inspectMainThread(INSPECT_MOST_MS);
  const why = `the main loop of its worker was blocked for ${Math.round(frozenMs)} ms${at === null ? '' : ` in ${at}`}.`;
  const { suspects, cleared } = attributeCrash({ open: leases.open, inProcess, abandoned: self.abandoned, culprit });
  // Written by this thread itself, because the main thread is blocked.
  createLog({ process: 'worker', level: 'error' }).error(
    { event: 'loop_frozen', culprit, suspects },
    `killing this process: ${why}`,
  );
  await recordDeathCause(run, { why, suspects, cleared }).catch(() => undefined);
  process.kill(process.pid, 'SIGKILL');
}

async function stop(): Promise<void> {
  clearInterval(beats);
  clearInterval(looks);
  clearInterval(reads);
  leash?.stop();
  await removePresence(redis, data.self.id).catch(() => undefined);
  redis.disconnect();
  send({ type: 'stopped' });
  port.close();
}

function send(message: FromThread): void {
  port.postMessage(message);
}
