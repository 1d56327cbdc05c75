import { Worker } from 'bullmq';
import { noop } from './work.mjs';

/** A bare BullMQ worker, as its documentation shows it. Arguments: socket of Redis, concurrency. */
const [socketPath = '', concurrency = '1'] = process.argv.slice(2);
const worker = new Worker('noop', (job) => noop(job.data), {
  connection: { path: socketPath, maxRetriesPerRequest: null },
  concurrency: Number(concurrency),
});
worker.on('error', (error) => console.error(error.message));
await worker.waitUntilReady();
console.log('ready');
