/**
 * The fake provider alone: `node --conditions=leeway-source --import tsx packages/testkit/src/fake-provider/main.ts [port]`.
 * Prints its address on the first line and its models on the second, and serves until it is stopped.
 */
import { SCENARIOS, startFakeProvider } from './fake-provider.js';

const provider = await startFakeProvider({ port: Number(process.argv[2] ?? 0) });
console.log(provider.baseUrl);
console.log(`models: ${Object.keys(SCENARIOS).join(' ')}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void provider.stop());
}
