import { attemptId, JOB_STATES, type JobId, type JobState } from '@leeway/contract';
import { PREFIX } from '../../src/redis/keys.js';
import { readRecord } from '../../src/record/read-record.js';
import type { Machine } from './machine.js';
import { openNumber } from './reference-job.js';
import type { World, WorldAttempt, WorldJob } from './world.js';

/** Compares everything that Redis holds with the reference. Throws with the first difference. */
export async function expectAgreement(world: World, machine: Machine): Promise<void> {
  const { raw } = machine.workbench.bench;
  for (const [i, { reference }] of world.jobs.entries()) {
    const id = machine.ids[i] as JobId;
    const record = await readRecord(raw, id);
    const is = {
      state: record.state,
      open: record.number('attempt'),
      outcomes: Array.from({ length: record.last }, (_, n) => record.text(`a${n + 1}:outcome`) ?? null),
      tried: record.tried,
      losses: record.number('losses'),
      result: record.json('result') ?? null,
      progress: record.json('progress') ?? null,
      observations: (await raw.lrange(`${PREFIX}:ring:total/local/job-${i}`, '0', '-1')).toReversed(),
      ends: await countFinished(machine, id),
      webhookEnds: record.number('webhookEnd') ?? 0,
    };
    const { state, attempts, tried, losses, result, progress, observations, ends } = reference;
    const outcomes = attempts.map(({ outcome }) => outcome);
    expectSame(`job ${i}`, is, {
      state,
      open: openNumber(reference),
      outcomes,
      tried,
      losses,
      result,
      progress,
      observations,
      ends,
      webhookEnds: ends,
    });
  }
  await expectIndexes(world, machine);
}

async function expectIndexes(world: World, machine: Machine): Promise<void> {
  const { raw } = machine.workbench.bench;
  for (const state of JOB_STATES) {
    const listed = await raw.zrange(`${PREFIX}:by:*:${state}`, '0', '-1');
    const should = machine.ids.filter((_, i) => world.jobs[i]?.reference.state === state);
    expectSame(`the list of ${state} jobs`, listed.toSorted(), should.toSorted());
  }
  const open = world.attempts.filter(
    ({ job, number }) => openNumber((world.jobs[job] as WorldJob).reference) === number,
  );
  const idOf = ({ job, number }: WorldAttempt) => attemptId(machine.ids[job] as JobId, number);
  const members = async (key: string) => (await raw.zrange(`${PREFIX}:${key}`, '0', '-1')).toSorted();
  const ended = machine.ids.filter((_, i) => FINAL.includes(world.jobs[i]?.reference.state));
  expectSame('the webhooks that are due', await members('webhooks'), ended.toSorted());
  expectSame('the leases', await members('leases'), open.map(idOf).toSorted());
  expectSame(
    'the running attempts of the class, and their workers',
    await members('running:local:command%2Ftrue'),
    open.map((attempt) => `${idOf(attempt)} ${attempt.worker}`).toSorted(),
  );
  const counted = Number((await raw.hget(`${PREFIX}:class:local:command%2Ftrue`, 'settled')) ?? 0);
  expectSame(
    'the counter of the class',
    counted,
    world.jobs.reduce((sum, { reference }) => sum + reference.observations.length, 0),
  );
}

const FINAL: readonly (JobState | undefined)[] = ['succeeded', 'failed', 'cancelled'];

async function countFinished(machine: Machine, id: JobId): Promise<number> {
  const events = await machine.workbench.bench.raw.lrange(`${PREFIX}:events:${id}`, 0, -1);
  return events.filter((event) => event.startsWith('["finished"')).length;
}

export function expectSame(what: string, is: unknown, should: unknown): void {
  const [seen, wanted] = [JSON.stringify(is), JSON.stringify(should)];
  if (seen !== wanted) throw new Error(`${what}:\n  is     ${seen}\n  should ${wanted}`);
}
