import { kindPolicy, MAX_RETRY_BACKOFF_MS, type Policy, type ProviderPolicy } from '@leeway/contract';
import { ChatFailure } from './chat-errors.js';

type Settings = 'countThinking' | 'streamUsage' | 'callMs' | 'retries' | 'retryBackoffMs';

/** Constants of calls that tests change and operators have no reason to. */
export interface CallConstants {
  /** Wait for the rest once the outcome is known: token counts after the finish reason, the text of an error. */
  readonly closingMs: number;
  readonly maxRetryBackoffMs: number;
  /** Share of the attempt that has to remain for a retry or a fallback model whose usual duration is not known. */
  readonly minRemainingShare: number;
}

export const CALL_CONSTANTS: CallConstants = {
  // A complete answer must not be lost to a server that forgets to close.
  closingMs: 2_000,
  maxRetryBackoffMs: MAX_RETRY_BACKOFF_MS,
  // A call that cannot end in time would end with the cause deadline instead of the provider's own error.
  minRemainingShare: 0.05,
};

/** A provider of the policy, ready to be called. Holds the secret: not to be logged. */
export interface Provider extends Readonly<Pick<ProviderPolicy, Settings>>, CallConstants {
  readonly name: string;
  /** Of its chat completions. */
  readonly url: URL;
  readonly key: string | undefined;
  /** `kinds.chat.firstOutputMs`: a shorter wait for the first token, ended by a job or a tier, does not count against it. */
  readonly firstOutputMs: number;
}

export interface ProviderSource {
  policy: Policy;
  /** The worker's environment, which holds the secrets. */
  env: Readonly<Record<string, string | undefined>>;
  /** Default: CALL_CONSTANTS. */
  constants?: Partial<CallConstants> | undefined;
}

/** The provider of that name; without a name the first one of the policy. Throws ChatFailure `unknown_provider` or `api_key_missing`. */
export function findProvider(name: string | undefined, { policy, env, constants }: ProviderSource): Provider {
  const known = Object.keys(policy.providers);
  const chosen = name ?? known[0];
  const settings =
    chosen !== undefined && Object.hasOwn(policy.providers, chosen) ? policy.providers[chosen] : undefined;
  if (chosen === undefined || settings === undefined) {
    throw new ChatFailure(
      'unknown_provider',
      `no provider ${name === undefined ? '' : `"${name}" `}in the policy; it has: ${known.join(', ') || 'none'}`,
    );
  }
  return {
    ...CALL_CONSTANTS,
    ...constants,
    ...settings,
    name: chosen,
    firstOutputMs: kindPolicy(policy, 'chat').firstOutputMs ?? Infinity,
    url: new URL(`${settings.baseUrl.replace(/\/+$/, '')}/chat/completions`),
    key: settings.apiKeyEnv === undefined ? undefined : readKey(settings.apiKeyEnv, env),
  };
}

/** The characters that a header can hold. */
const KEY = /^[\x21-\x7e]+$/;

function readKey(variable: string, env: ProviderSource['env']): string {
  const key = env[variable]?.trim() ?? '';
  if (key === '')
    throw new ChatFailure('api_key_missing', `the environment variable ${variable} is not set on this worker`);
  if (!KEY.test(key))
    throw new ChatFailure(
      'api_key_missing',
      `the environment variable ${variable} holds spaces, line breaks or other characters that a key cannot have`,
    );
  return key;
}
