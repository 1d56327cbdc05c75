/**
 * The work, the same for everyone, as a handlers module of Leeway: it writes down that it has started, then waits. `forMs`
 * 0: it never settles.
 */
export const TASK_MODULE = `
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export async function runTask({ facts, task, forMs }) {
  appendFileSync(facts, task + ' ' + Date.now() + ' ' + process.pid + '\\n');
  await (forMs === 0 ? new Promise(() => {}) : sleep(forMs));
}
export const handlers = { task: runTask };
`;

export interface TaskInput {
  facts: string;
  task: string;
  forMs: number;
}
