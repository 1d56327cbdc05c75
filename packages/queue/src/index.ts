export * from './bull.js';
export * from './connection.js';
export * from './history.js';
export * from './job-queue.js';
export * from './keys.js';
export { JobRecord, jobView } from './record.js';
export * from './verbs.js';
