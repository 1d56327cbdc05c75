import { httpLoad } from '../http-load.js';
import { usedBy } from '../processor-time.js';
import { startBareBullMq } from '../systems/bare-bullmq.js';
import { startLeeway, TEXT } from '../systems/leeway.js';
import { type Figure, percentile } from './figures.js';

const CONNECTIONS = 50;
const BODY = JSON.stringify({ kind: 'noop', input: { text: TEXT } });
/** Requests before those that count: a cold server shows little. */
const WARM_UP = 500;

/** `POST /v1/jobs` beside a server written in an afternoon (express, zod, `queue.add`). */
export async function measureSubmission({ jobs }: { jobs: number }): Promise<Figure[]> {
  const bare = await startBareBullMq();
  const { server, port } = await bare.addServer();
  const theirs = await load(port, { server: server.pid, redis: bare.redis.pid() }, jobs);
  await bare.stop();
  const leeway = await startLeeway();
  const ours = await load(leeway.port, { server: leeway.stack.apiProcess.pid, redis: leeway.redis.pid() }, jobs);
  await leeway.stop();
  const peer = 'express + zod + queue.add';
  return [
    { name: 'submission', unit: 'jobs/s', better: 'higher', peer, leeway: ours.rate, bare: theirs.rate },
    { name: 'submission, server', unit: 'us/job', better: 'lower', peer, leeway: ours.serverUs, bare: theirs.serverUs },
    { name: 'submission, Redis', unit: 'us/job', better: 'lower', peer, leeway: ours.redisUs, bare: theirs.redisUs },
    { name: 'submission, p50', unit: 'ms', better: 'lower', peer, leeway: ours.p50, bare: theirs.p50 },
    { name: 'submission, p99', unit: 'ms', better: 'lower', peer, leeway: ours.p99, bare: theirs.p99 },
  ];
}

async function load(port: number, pids: { server: number; redis: number }, requests: number) {
  const path = '/v1/jobs';
  await httpLoad({ port, path, requests: WARM_UP, connections: CONNECTIONS, body: () => BODY });
  const { result, usedUs } = await usedBy(pids, () =>
    httpLoad({ port, path, requests, connections: CONNECTIONS, body: () => BODY }),
  );
  if (result.failures > 0) throw new Error(`${result.failures} of ${requests} submissions were refused`);
  return {
    rate: requests / result.seconds,
    serverUs: (usedUs['server'] ?? 0) / requests,
    redisUs: (usedUs['redis'] ?? 0) / requests,
    p50: percentile(result.latenciesMs, 0.5),
    p99: percentile(result.latenciesMs, 0.99),
  };
}
