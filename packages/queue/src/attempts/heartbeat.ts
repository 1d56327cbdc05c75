/**
 * What the heartbeat thread of a worker needs of this package, and nothing else: a thread loads its own copy of everything
 * it imports, and with BullMQ and zod that would be half of what a worker takes in memory and in time to start.
 */
export { beat, explainDeath, type PendingClaim, type Signal } from './beat.js';
export { openRedis } from '../redis/connection.js';
export { watchConnection } from '../redis/connection-watch.js';
export { beatClientName } from '../recovery/connections.js';
export { leave, type WorkerSelf } from './presence.js';
export { defineScripts } from '../redis/scripts.js';
