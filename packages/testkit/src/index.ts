export { startRedis, type PrivateRedis, type RedisOptions } from './redis.js';
export { waitUntil, type WaitOptions } from './wait-until.js';
