export { SCENARIOS, startFakeProvider, type FakeProvider, type FakeProviderOptions } from './fake-provider/fake-provider.js';
export { startRedis, type PrivateRedis, type RedisOptions } from './redis.js';
export { waitUntil, type WaitOptions } from './wait-until.js';
