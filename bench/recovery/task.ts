/** The task of all systems, as a handlers module of Leeway: records its start and waits. `durationMs` 0: it never settles. */
export const TASK_MODULE = `
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export async function runTask({ starts, task, durationMs }) {
  appendFileSync(starts, task + ' ' + Date.now() + ' ' + process.pid + '\\n');
  await (durationMs === 0 ? new Promise(() => {}) : sleep(durationMs));
}
export const handlers = { task: runTask };
`;

export interface TaskInput {
  starts: string;
  task: string;
  durationMs: number;
}
