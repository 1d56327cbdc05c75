/**
 * What the heartbeat thread of a worker needs of this package, and nothing else: a thread loads its own copy of everything
 * it imports, and with BullMQ and zod that would be half of what a worker takes in memory and in time to start.
 */
export { beat, type PendingClaim, type Signal } from './workers/beat.js';
export { heartbeatTimes } from './workers/heartbeat-times.js';
export { recordDeathCause } from './workers/death-cause.js';
export { removePresence, type WorkerSelf } from './workers/presence.js';
export { beatClientName } from './recovery/client-names.js';
export { openRedis } from './redis/connection.js';
export { watchConnection } from './redis/connection-watch.js';
export { defineScripts } from './redis/scripts.js';
