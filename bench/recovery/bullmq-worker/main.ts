import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'bullmq';
import type { TaskInput } from '../task.js';

/** A bare BullMQ worker, as its documentation shows it. Arguments: socket of Redis, file of the work, options as JSON. */
const [socketPath = '', module = '', options = '{}'] = process.argv.slice(2);
const { runTask } = (await import(pathToFileURL(module).href)) as { runTask: (input: TaskInput) => Promise<void> };
const worker = new Worker('bench', (job) => runTask(job.data as TaskInput), {
  connection: { path: socketPath, maxRetriesPerRequest: null },
  ...(JSON.parse(options) as Partial<WorkerOptions>),
});
worker.on('error', (error) => console.error(error.message));
await worker.waitUntilReady();
console.log('ready');
