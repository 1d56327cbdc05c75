import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, leashPidOf, signalled } from './cluster.js';
import { attackText, placeOf, type Attack, type PlannedAttack } from './nemesis-plan.js';

/** An attack as it was carried out, in epoch ms. `worker`: pid of the process that filled the slot. */
export interface AttackRecord {
  attack: Attack;
  from: number;
  to: number;
  worker: number | null;
}

/**
 * Carries out the plan, each attack at its time, and resolves when the last one is over and everything is up again. An
 * attack on Redis or the API waits until the one before it is over, which can take longer than planned on a busy machine.
 */
export async function attack(
  cluster: Cluster,
  plan: readonly PlannedAttack[],
  log: (line: string) => void,
): Promise<AttackRecord[]> {
  const startedAt = Date.now();
  const endsAt = startedAt + (plan.at(-1)?.atMs ?? 0);
  const turns = new Map<string, Promise<void>>();
  const records: AttackRecord[] = [];
  const under = plan.map(async (planned) => {
    await sleep(Math.max(0, planned.atMs - (Date.now() - startedAt)));
    // The replacement of a worker can be attacked while it starts.
    if ('slot' in planned) return perform(planned);
    const turn = (turns.get(placeOf(planned)) ?? Promise.resolve()).then(() => perform(planned));
    turns.set(placeOf(planned), turn);
    return turn;
  });
  // When one of them fails the others end first: they use what is removed then.
  for (const done of await Promise.allSettled(under)) if (done.status === 'rejected') throw done.reason;
  return records.toSorted((a, b) => a.from - b.from);

  async function perform(planned: PlannedAttack): Promise<void> {
    const worker = 'slot' in planned ? cluster.worker(planned.slot).pid : null;
    // Open-ended until it is over, so that no check in between takes it for past.
    const record: AttackRecord = { attack: planned, from: Date.now(), to: Infinity, worker };
    records.push(record);
    log(attackText(planned));
    await carryOut(cluster, planned, endsAt);
    record.to = Date.now();
  }
}

async function carryOut(cluster: Cluster, what: Attack, endsAt: number): Promise<void> {
  switch (what.kind) {
    case 'kill_worker':
      return replaced(cluster, what.slot, { signal: 'SIGKILL', endsAt });
    case 'replace_worker':
      return replaced(cluster, what.slot, { signal: 'SIGTERM', endsAt });
    case 'stop_worker': {
      const { process } = cluster.worker(what.slot);
      return during(
        () => signalled(process, 'SIGSTOP'),
        what.forMs,
        () => signalled(process, 'SIGCONT'),
      );
    }
    case 'kill_leash':
      return killLeash(cluster, what.slot);
    case 'cut_worker': {
      const proxy = cluster.proxies[what.slot];
      return during(
        () => proxy?.cut(what.how),
        what.forMs,
        () => proxy?.heal(),
      );
    }
    case 'kill_redis':
      return during(
        () => cluster.redis.kill9(),
        what.forMs,
        () => cluster.redis.restart(),
      );
    case 'freeze_redis':
      return during(
        () => cluster.redis.freeze(),
        what.forMs,
        () => cluster.redis.thaw(),
      );
    case 'kill_api':
      return during(
        () => cluster.killApi(),
        what.forMs,
        () => cluster.startApi(),
      );
  }
}

async function replaced(
  cluster: Cluster,
  slot: number,
  { signal, endsAt }: { signal: NodeJS.Signals; endsAt: number },
): Promise<void> {
  const { process } = cluster.worker(slot);
  await signalled(process, signal);
  await process.ended;
  await cluster.untilWorker(slot, Math.max(0, endsAt - Date.now()));
}

async function during(begin: () => unknown, forMs: number, end: () => unknown): Promise<void> {
  await begin();
  await sleep(forMs);
  await end();
}

async function killLeash(cluster: Cluster, slot: number): Promise<void> {
  const worker = cluster.worker(slot);
  const pid = worker.process.isRunning() ? leashPidOf(worker) : null;
  if (pid !== null) process.kill(pid, 'SIGKILL');
}
