import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

// A thread does not inherit the loader of the main thread.
register();
const { startLeashPing } = await import('../../src/handlers/command/leash-client/leash-ping.ts');
startLeashPing(workerData.socketPath, workerData.pingMs);
