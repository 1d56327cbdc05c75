import { parentPort, workerData } from 'node:worker_threads';
import type { AttemptId } from '@leeway/contract';
import {
  beat,
  beatClientName,
  defineScripts,
  explainDeath,
  leave,
  openRedis,
  watchConnection,
  type Signal,
} from '@leeway/queue/heartbeat';
import { createLog } from '@leeway/runtime/log';
import { attributeCrash } from '../worker/attribute-crash.js';
import { startLeashPing, type LeashPing } from '../handlers/command/leash-client/leash-ping.js';
import { lookAtMainThread } from './inspect-main-thread.js';
import { LoopWatch } from './loop-watch.js';
import { LeaseTable } from './lease-table.js';
import { LAST_WORDS_MS, LOOK_MOST_MS, sharedMs, type FromThread, type ThreadData, type ToThread } from './messages.js';

/**
 * The heartbeat thread: vouches for the attempts of its process with a connection of its own, pings the leash, and
 * watches the main loop. Nothing that the main thread does can keep it from beating, and nothing but itself can make
 * it vouch for a loop that is frozen: then it kills the whole process.
 */
const data = workerData as ThreadData;
const { supervision } = data;
const port = parentPort as NonNullable<typeof parentPort>;
const pulse = new Int32Array(data.pulse);
const LOOK_EVERY_MS = 250;
/** A suspended process finds its own timer this much later than planned, in ms. */
const SUSPENDED_MS = 1_000;
/** Of the hand-on window: when a worker that hears nothing from Redis has to expect that others take over. */
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
const NOTHING = JSON.stringify({ kind: 'desired', desired: {} } satisfies Signal);
const said = new Map<AttemptId, string>();
let self = data.self;
let leash: LeashPing | undefined;
let lastBeatMs = sharedMs();
let cutOff = false;
let beaten = false;
let beating = false;

port.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'claim_started':
      leases.claimStarted(message.claim, message.untilMs);
      return;
    case 'claim_finished':
      leases.claimFinished(message.claim, message.attempt);
      return;
    case 'renewLease':
      leases.renewLease(message.attempt, message.untilMs);
      return;
    case 'on_loop':
      inProcess.add(message.attempt);
      return;
    case 'release':
      leases.release(message.attempt);
      inProcess.delete(message.attempt);
      said.delete(message.attempt);
      return;
    case 'self':
      self = { ...self, ...message.self };
      return;
    case 'leash':
      leash?.stop();
      leash = startLeashPing(message.socketPath, supervision.leashPingMs);
      return;
    case 'stop':
      void stop();
      return;
  }
});

const beats = setInterval(() => void beatOnce(), supervision.beatEveryMs);
const looks = watchLoop();
// Also after an outage: the sooner a worker is heard of again, the better.
redis.on('ready', () => void beatOnce());

async function beatOnce(): Promise<void> {
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
    for (const [attempt, signal] of signals) pass(attempt, signal);
    lastBeatMs = now;
    cutOff = false;
    if (!beaten) tell({ type: 'beating' });
    beaten = true;
  } catch {
    checkCutOff(sharedMs());
  } finally {
    beating = false;
  }
}

/** What the record wishes of an attempt is passed on when it changes. */
function pass(attempt: AttemptId, signal: Signal): void {
  if (signal.kind === 'lost') leases.release(attempt);
  const text = JSON.stringify(signal);
  if ((said.get(attempt) ?? NOTHING) === text) return;
  said.set(attempt, text);
  tell({ type: 'signal', attempt, signal });
}

function checkCutOff(nowMs: number): void {
  const sinceMs = nowMs - lastBeatMs;
  const riskyMs = supervision.lostAfterMs * CUT_OFF_SHARE;
  if (sinceMs < riskyMs) return;
  tell({ type: 'cut_off', sinceMs, riskyMs, again: cutOff });
  cutOff = true;
}

function watchLoop(): NodeJS.Timeout {
  const watch = new LoopWatch(supervision, LOOK_EVERY_MS);
  let lastMs = sharedMs();
  return setInterval(() => {
    const now = sharedMs();
    if (now - lastMs > LOOK_EVERY_MS + SUSPENDED_MS) tell({ type: 'suspended', suspendedMs: now - lastMs });
    lastMs = now;
    checkCutOff(now);
    const seen = watch.look(Atomics.load(pulse, 0), now);
    if (seen.state === 'paused') tell({ type: 'paused', pausedMs: seen.pausedMs });
    if (seen.state === 'frozen') void die(seen.pausedMs);
  }, LOOK_EVERY_MS);
}

/** A frozen loop cannot end well: says who froze it, so that the others are not charged with it, and kills the process. */
async function die(frozenMs: number): Promise<void> {
  clearInterval(looks);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS_MS);
  const { attempt: culprit, at } = await lookAtMainThread(LOOK_MOST_MS);
  const why = `the main loop of its worker was held for ${Math.round(frozenMs)} ms${at === null ? '' : ` in ${at}`}.`;
  const { suspects, cleared } = attributeCrash({ open: leases.open, inProcess, abandoned: self.abandoned, culprit });
  // Written by this thread itself: the main thread cannot pass anything on.
  createLog({ process: 'worker', level: 'error' }).error(
    { event: 'loop_frozen', culprit, suspects },
    `killing this process: ${why}`,
  );
  await explainDeath(run, { why, suspects, cleared }).catch(() => undefined);
  process.kill(process.pid, 'SIGKILL');
}

async function stop(): Promise<void> {
  clearInterval(beats);
  clearInterval(looks);
  leash?.stop();
  await leave(redis, data.self.id).catch(() => undefined);
  redis.disconnect();
  tell({ type: 'stopped' });
  port.close();
}

function tell(message: FromThread): void {
  port.postMessage(message);
}
