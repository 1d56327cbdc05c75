import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobClient } from '@leeway/testkit';
import { type Cluster, startCluster } from './cluster.js';
import { countUnfinished, readStore, type StoreReading } from './collect-history.js';
import { readJournals } from './journal.js';
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
  /** Length of the attack. */
  seconds: number;
  workers?: number;
  jobsPerSecond?: number;
  log?: (line: string) => void;
}

const WORKERS = 3;
const JOBS_PER_SECOND = 4;
/** Time for everything that was accepted to end once the attack is over, in ms. */
const SETTLE_MS = 45_000;
const LOOK_EVERY_MS = 250;
/** After the end of the last job: time for its processes to be gone, and for the sweeps to clean up. */
const LINGER_MS = 5_500;

/** Attacks a whole stack of its own as planned by the seed, and returns everything that happened. */
export async function runChaos(options: ChaosOptions): Promise<ChaosHistory> {
  const { seed, seconds, workers = WORKERS, jobsPerSecond = JOBS_PER_SECOND, log = () => undefined } = options;
  const folder = mkdtempSync(join(tmpdir(), 'leeway-chaos-'));
  const journals = join(folder, 'journals');
  mkdirSync(journals);
  // A copy, so that an edit of the repository in the meantime changes nothing.
  const task = join(folder, 'task.sh');
  copyFileSync(TASK, task);
  const cluster = await startCluster({ folder, workers });
  const watch = watchProcesses();
  try {
    const startedAt = Date.now();
    const loaded = runLoad({ api: cluster.api, journals, task, plan: planWorkload({ seed, seconds, jobsPerSecond }) });
    const attacks = await attack(cluster, planNemesis({ seed, seconds, workers }), log);
    const calmAt = Date.now();
    log('the attack is over; waiting for everything to end');
    const clients = await loaded;
    await settled(cluster, calmAt + SETTLE_MS);
    await sleep(LINGER_MS);
    const store = await readStore(cluster.redis.socketPath, createJobClient(cluster.api));
    return historyOf({ startedAt, calmAt, clients, attacks, store, watch, cluster, journals });
  } finally {
    watch.stop();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function settled(cluster: Cluster, until: number): Promise<void> {
  while (Date.now() < until && (await countUnfinished(cluster.redis.socketPath)) > 0) await sleep(LOOK_EVERY_MS);
}

interface Observed {
  startedAt: number;
  calmAt: number;
  clients: readonly ClientView[];
  attacks: readonly AttackRecord[];
  store: StoreReading;
  watch: ProcessWatch;
  cluster: Cluster;
  journals: string;
}

function historyOf({ startedAt, calmAt, clients, attacks, store, watch, cluster, journals }: Observed): ChaosHistory {
  const written = readJournals(journals);
  const sightings = groupBy(watch.sightings(), ({ attempt }) => attempt.slice(0, attempt.lastIndexOf('.')));
  const ids = new Set([...store.ids, ...clients.flatMap((client) => [...client.ids])]);
  const keyOf = (id: string) => String(store.jobs.get(id)?.metadata['key']);
  const jobs = [...ids].map((id): JobHistory => ({
    id,
    job: store.jobs.get(id) ?? null,
    client: clients.find((client) => client.planned.key === keyOf(id) || client.ids.has(id)) ?? null,
    events: store.events.get(id) ?? [],
    journal: written.get(id) ?? [],
    sightings: sightings.get(id) ?? [],
    bull: store.bull.get(id) ?? 'unknown',
  }));
  return {
    startedAt,
    calmAt,
    jobs,
    keys: groupBy(store.ids, keyOf),
    attacks,
    workers: cluster.workerProcesses.map(({ pid, startedAt: from, endedAt, process: { lines } }) => ({
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
