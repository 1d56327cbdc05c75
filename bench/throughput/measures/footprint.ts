import { waitUntil } from '@leeway/testkit';
import { httpLoad } from '../http-load.js';
import { processorTimeUs, residentMiB } from '../processor-time.js';
import { startLeeway } from '../systems/leeway.js';

const RUNNING = 1_000;
const SETTLE_MS = 2_000;

export interface Footprint {
  idleMiB: number;
  /** Processor time until the worker takes jobs, in s. */
  readyCpuS: number;
  /** With 1,000 attempts running. */
  busyMiB: number;
  /** Processor time of worker and Redis for each second in which 1,000 attempts run, in ms. */
  busyWorkerMsPerS: number;
  busyRedisMsPerS: number;
}

/** What one worker process takes: idle, and with a thousand attempts that wait for something. */
export async function measureFootprint(): Promise<Footprint> {
  const leeway = await startLeeway({ concurrency: RUNNING });
  const worker = await leeway.addWorker();
  const readyCpuS = processorTimeUs(worker.pid) / 1_000_000;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const idleMiB = residentMiB(worker.pid);
  const body = JSON.stringify({ kind: 'sleeper', input: {} });
  await httpLoad({ port: leeway.port, path: '/v1/jobs', requests: RUNNING, connections: 20, body: () => body });
  const running = async () => {
    const { body: workers } = await leeway.stack.request('GET', '/v1/workers');
    return (workers as { workers: { running: number }[] }).workers.some((each) => each.running === RUNNING);
  };
  await waitUntil(running, { what: `${RUNNING} attempts to run`, timeoutMs: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const before = [processorTimeUs(worker.pid), processorTimeUs(leeway.redis.pid())] as const;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const used = [processorTimeUs(worker.pid) - before[0], processorTimeUs(leeway.redis.pid()) - before[1]] as const;
  const busyMiB = residentMiB(worker.pid);
  await leeway.stop();
  return {
    ...{ idleMiB, readyCpuS, busyMiB },
    busyWorkerMsPerS: used[0] / SETTLE_MS,
    busyRedisMsPerS: used[1] / SETTLE_MS,
  };
}
