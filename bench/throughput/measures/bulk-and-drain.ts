import type { TestProcess } from '@leeway/testkit';
import { processorTimeUs } from '../processor-time.js';
import type { Backlog } from '../systems/backlog.js';
import { startBareBullMq } from '../systems/bare-bullmq.js';
import { BATCH, IN_FLIGHT, startLeeway } from '../systems/leeway.js';
import type { Figure } from './figures.js';

const CONCURRENCY = 50;
/** Shares of the jobs between which the drain is measured: neither the start of the worker nor its last job counts. */
const FROM_SHARE = 0.1;
const TO_SHARE = 0.95;
const MIB = 1_024 * 1_024;
const PER_100K = 100_000;

/** Batches of 100, the memory of what waits, and one worker that runs it all: the job does nothing. */
export async function measureBulkAndDrain({ jobs }: { jobs: number }): Promise<Figure[]> {
  const bare = await startBareBullMq();
  const theirs = await run(jobs, bare, {
    fill: () => bare.produce({ bulk: jobs, of: BATCH, inFlight: IN_FLIGHT }),
    producer: bare.producer.pid,
    addWorker: () => bare.addWorker({ concurrency: CONCURRENCY }),
  });
  await bare.stop();
  const leeway = await startLeeway({ concurrency: CONCURRENCY });
  const ours = await run(jobs, leeway, {
    fill: async () => (await leeway.fill(jobs)).seconds,
    producer: leeway.stack.apiProcess.pid,
    addWorker: () => leeway.addWorker(),
  });
  await leeway.stop();
  const figure = (name: string, unit: string, better: Figure['better'], key: keyof typeof ours): Figure => ({
    ...{ name, unit, better },
    peer: name.startsWith('batch') ? 'addBulk' : 'BullMQ',
    leeway: ours[key],
    bare: theirs[key],
  });
  return [
    figure('batch of 100', 'jobs/s', 'higher', 'bulkRate'),
    figure('batch of 100, producer', 'us/job', 'lower', 'producerUs'),
    figure('batch of 100, Redis', 'us/job', 'lower', 'fillRedisUs'),
    figure('drain', 'jobs/s', 'higher', 'drainRate'),
    figure('drain, worker', 'us/job', 'lower', 'workerUs'),
    figure('drain, Redis', 'us/job', 'lower', 'redisUs'),
    figure('memory of 100,000 queued', 'MiB', 'lower', 'queuedMiB'),
    figure('memory of 100,000 ended', 'MiB', 'lower', 'endedMiB'),
  ];
}

interface Measured {
  fill: () => Promise<number>;
  producer: number;
  addWorker: () => Promise<TestProcess>;
}

async function run(
  jobs: number,
  { redis, backlog }: { redis: { pid(): number }; backlog: Backlog },
  { fill, producer, addWorker }: Measured,
) {
  const emptyBytes = await backlog.usedBytes();
  const fillBegan = { producer: processorTimeUs(producer), redis: processorTimeUs(redis.pid()) };
  const fillSeconds = await fill();
  const fillEnded = { producer: processorTimeUs(producer), redis: processorTimeUs(redis.pid()) };
  const fullBytes = await backlog.usedBytes();
  const worker = await addWorker();
  const moment = () => ({
    ms: performance.now(),
    worker: processorTimeUs(worker.pid),
    redis: processorTimeUs(redis.pid()),
  });
  await backlog.downTo(jobs * (1 - FROM_SHARE));
  const from = { ...moment(), left: await backlog.size() };
  await backlog.downTo(jobs * (1 - TO_SHARE));
  const to = { ...moment(), left: await backlog.size() };
  await backlog.downTo(0);
  const endedBytes = await backlog.usedBytes();
  await worker.term();
  const drained = from.left - to.left;
  return {
    bulkRate: jobs / fillSeconds,
    producerUs: (fillEnded.producer - fillBegan.producer) / jobs,
    fillRedisUs: (fillEnded.redis - fillBegan.redis) / jobs,
    drainRate: drained / ((to.ms - from.ms) / 1_000),
    workerUs: (to.worker - from.worker) / drained,
    redisUs: (to.redis - from.redis) / drained,
    queuedMiB: ((fullBytes - emptyBytes) / MIB / jobs) * PER_100K,
    endedMiB: ((endedBytes - emptyBytes) / MIB / jobs) * PER_100K,
  };
}
