import type { Providers } from '@leeway/queue';
import type { Config } from '@leeway/runtime';
import { createChatHandler } from './chat/chat-handler.js';
import { createCommandHandler } from './command/command-handler.js';
import type { Leash } from './command/leash-client/leash.js';
import type { Handler } from './handler.js';
import { createIsolatedHandler } from './isolated/isolated-handler.js';
import { type Isolate, loadUserHandlers } from './user/load-user-handlers.js';

export interface LoadHandlersOptions {
  config: Config;
  env: NodeJS.ProcessEnv;
  leash: Leash;
  /** The circuits of the chat providers; called for each job. */
  providers: () => Providers;
}

/** All kinds that this worker can run: the built-in ones and those of LEEWAY_HANDLERS. */
export async function loadHandlers({
  config,
  env,
  leash,
  providers,
}: LoadHandlersOptions): Promise<Map<string, Handler>> {
  const { policy, handlersPath } = config;
  const handlers: Handler[] = [createCommandHandler({ leash, policy, env })];
  if (Object.keys(policy.providers).length > 0) handlers.push(createChatHandler({ policy, env, providers }));
  if (handlersPath !== null) {
    const { resultBytes: maxValueBytes, outputBytes: maxOutputBytes } = policy.retention;
    const memoryMb = policy.worker.isolatedMemoryMb;
    const isolate: Isolate = (kind, file) =>
      createIsolatedHandler({ kind, file }, { leash, env, memoryMb, limits: { maxValueBytes, maxOutputBytes } });
    handlers.push(...(await loadUserHandlers(handlersPath, { maxValueBytes }, isolate)));
  }
  return new Map(handlers.map((handler) => [handler.kind, handler]));
}
