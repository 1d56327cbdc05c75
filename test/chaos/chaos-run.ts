import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobClient } from '@leeway/testkit';
import { type Cluster, startCluster } from './cluster.js';
import { countUnfinished, readStore, type StoreReading } from './collect-history.js';
import { readFacts } from './facts.js';
import { groupBy } from './group-by.js';
import type { ChaosHistory, JobHistory } from './history.js';
import { type ClientView, runLoad } from './load.js';
import { attack, type AttackRecord } from './nemesis.js';
import { planNemesis } from './nemesis-plan.js';
import { type ProcessWatch, watchProcesses } from './process-watch.js';
import { TASK } from './submission-of.js';
import { planWorkload } from './workload-plan.js';

export interface ChaosOptions {
  seed: number;
  /** Length of the attack; what was accepted by then has SETTLE_MS to end. */
  seconds: number;
  workers?: number;
  jobsPerSecond?: number;
  log?: (line: string) => void;
}

const WORKERS = 3;
const JOBS_PER_SECOND = 4;
/** When the attack is over, everything that was accepted has to be final within this, in ms. */
const SETTLE_MS = 45_000;
const LOOK_EVERY_MS = 250;
/** After the last job has ended: time in which nothing of it may be left, and in which the sweeps tidy up. */
const LINGER_MS = 5_500;

/** Attacks a whole stack of its own from a seed, and returns everything that happened. */
export async function runChaos(options: ChaosOptions): Promise<ChaosHistory> {
  const { seed, seconds, workers = WORKERS, jobsPerSecond = JOBS_PER_SECOND, log = () => undefined } = options;
  const folder = mkdtempSync(join(tmpdir(), 'leeway-chaos-'));
  const facts = join(folder, 'facts');
  mkdirSync(facts);
  // A copy: whoever works on this repository meanwhile does not disturb the work.
  const task = join(folder, 'task.sh');
  copyFileSync(TASK, task);
  const cluster = await startCluster({ folder, workers });
  const watch = watchProcesses();
  try {
    const startedAt = Date.now();
    const loaded = runLoad({ api: cluster.api, facts, task, plan: planWorkload({ seed, seconds, jobsPerSecond }) });
    const attacks = await attack(cluster, planNemesis({ seed, seconds, workers }), log);
    const calmAt = Date.now();
    log('the attack is over; waiting for everything to end');
    const clients = await loaded;
    await settled(cluster, calmAt + SETTLE_MS);
    await sleep(LINGER_MS);
    const store = await readStore(cluster.redis.socketPath, createJobClient(cluster.api));
    return historyOf({ startedAt, calmAt, clients, attacks, store, watch, cluster, facts });
  } finally {
    watch.stop();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function settled(cluster: Cluster, until: number): Promise<void> {
  while (Date.now() < until && (await countUnfinished(cluster.redis.socketPath)) > 0) await sleep(LOOK_EVERY_MS);
}

interface Evidence {
  startedAt: number;
  calmAt: number;
  clients: readonly ClientView[];
  attacks: readonly AttackRecord[];
  store: StoreReading;
  watch: ProcessWatch;
  cluster: Cluster;
  facts: string;
}

function historyOf({ startedAt, calmAt, clients, attacks, store, watch, cluster, facts }: Evidence): ChaosHistory {
  const written = readFacts(facts);
  const sightings = groupBy(watch.sightings(), ({ attempt }) => attempt.slice(0, attempt.lastIndexOf('.')));
  const ids = new Set([...store.ids, ...clients.flatMap((client) => [...client.ids])]);
  const keyOf = (id: string) => String(store.jobs.get(id)?.metadata['key']);
  const jobs = [...ids].map((id): JobHistory => ({
    id,
    job: store.jobs.get(id) ?? null,
    client: clients.find((client) => client.planned.key === keyOf(id) || client.ids.has(id)) ?? null,
    events: store.events.get(id) ?? [],
    facts: written.get(id) ?? [],
    sightings: sightings.get(id) ?? [],
    bull: store.bull.get(id) ?? 'unknown',
  }));
  return {
    startedAt,
    calmAt,
    jobs,
    keys: groupBy(store.ids, keyOf),
    attacks,
    workers: cluster.lives.map(({ pid, startedAt: from, endedAt, process: { lines } }) => ({
      pid,
      from,
      to: endedAt ?? Infinity,
      lines,
    })),
    stalls: watch.stalls(),
    classes: store.classes,
    leftovers: store.leftovers,
  };
}
