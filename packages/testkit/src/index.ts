export { findBrowser } from './browser.js';
export {
  SCENARIOS,
  startFakeProvider,
  type FakeProvider,
  type FakeProviderOptions,
} from './fake-provider/fake-provider.js';
export { findProgram } from './find-program.js';
export { freePorts } from './free-port.js';
export { heldCommand, type HeldCommand } from './held-command.js';
export { createJobClient, type JobClient, type Reply } from './job-client.js';
export { longForm } from './long-form.js';
export {
  aliveWithMarker,
  spawnNode,
  spawnProcess,
  type ProcessEnd,
  type ProcessOptions,
  type TestProcess,
} from './process.js';
export { recordingContext, type RecordedCall, type RecordingOptions } from './recording-context.js';
export { startRedis, type PrivateRedis, type RedisOptions } from './redis.js';
export { startStack, type Stack, type StackOptions } from './stack.js';
export { startSwitchableProxy, type SwitchableProxy } from './switchable-proxy.js';
export { waitUntil, type WaitOptions } from './wait-until.js';
