import { kindPolicy, type Policy, type ProviderPolicy } from '@leeway/contract';
import { ChatFailure } from './chat-errors.js';

type Settings =
  | 'countThinking'
  | 'streamUsage'
  | 'closingMs'
  | 'callMs'
  | 'retries'
  | 'retryBackoffMs'
  | 'maxRetryBackoffMs'
  | 'minRemainingShare'
  | 'maxPutBacks';

/** A provider of the policy, ready to be called. Holds the secret: not to be logged. */
export interface Provider extends Readonly<Pick<ProviderPolicy, Settings>> {
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
}

/** The provider of that name; without a name the first one of the policy. Throws ChatFailure `unknown_provider` or `api_key_missing`. */
export function findProvider(name: string | undefined, { policy, env }: ProviderSource): Provider {
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
