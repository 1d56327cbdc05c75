import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'bullmq';
import type { TaskInput } from '../task.js';

/** A bare BullMQ worker as in BullMQ's documentation. Arguments: socket of Redis, module of the task, options as JSON. */
const [socketPath = '', module = '', options = '{}'] = process.argv.slice(2);
const { runTask } = (await import(pathToFileURL(module).href)) as { runTask: (input: TaskInput) => Promise<void> };
const worker = new Worker('bench', (job) => runTask(job.data as TaskInput), {
  connection: { path: socketPath, maxRetriesPerRequest: null },
  ...(JSON.parse(options) as Partial<WorkerOptions>),
});
worker.on('error', (error) => console.error(error.message));
await worker.waitUntilReady();
console.log('ready');
