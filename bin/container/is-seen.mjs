// Health check of a worker, which listens on nothing: exit code 0 when Redis has seen the worker of this container
// within the time after which its jobs would be handed to others.

import { hostname } from 'node:os';
import { JobQueue } from '../../packages/queue/dist/index.js';
import { readConfig, systemClock } from '../../packages/runtime/dist/index.js';

const { redisUrl, policy } = readConfig(process.env);
const queue = new JobQueue({ redisUrl, policy, clientName: 'leeway-health', clock: systemClock, onError: () => {} });
await queue.start();
const workers = await queue.workers().catch(fail);
if (!workers.some(({ host, state }) => host === hostname() && state !== 'lost')) {
  fail(new Error(`Redis has not seen a worker of ${hostname()} lately.`));
}
process.exit(0);

function fail({ message }) {
  console.error(message);
  process.exit(1);
}
