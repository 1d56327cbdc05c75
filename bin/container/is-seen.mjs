// Health check of a worker, which has no port: exit code 0 when Redis has received a heartbeat of this container's worker
// within the time after which its jobs would be requeued.

import { hostname } from 'node:os';
import { JobQueue } from '../../packages/queue/dist/index.js';
import { readConfig, systemClock } from '../../packages/runtime/dist/index.js';

const { redisUrl, policy } = readConfig(process.env);
const queue = new JobQueue({ redisUrl, policy, clientName: 'leeway-health', clock: systemClock, onError: () => {} });
await queue.start();
const workers = await queue.workers().catch(fail);
if (!workers.some(({ host, state }) => host === hostname() && state !== 'lost')) {
  fail(new Error(`Redis has received no recent heartbeat of a worker on ${hostname()}.`));
}
process.exit(0);

function fail({ message }) {
  console.error(message);
  process.exit(1);
}
