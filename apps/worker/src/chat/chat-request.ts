import { chatInputSchema, describeIssues, type ChatInput } from '@leeway/contract';
import { ChatFailure } from './chat-errors.js';
import type { Provider } from './provider.js';

/** Fields of a request that are set here: `params` may not hold them. Of several choices (`n`) only one would be read. */
export const RESERVED_PARAMS = ['model', 'messages', 'stream', 'stream_options', 'n'] as const;

/** Throws ChatFailure `invalid_input` that lists every problem. */
export function readChatInput(input: unknown): ChatInput {
  const parsed = chatInputSchema.safeParse(input);
  if (!parsed.success) {
    const problems = describeIssues(parsed.error, input).map((issue) => `${issue.path || 'input'}: ${issue.message}`);
    throw new ChatFailure('invalid_input', problems.join('; '));
  }
  const reserved = RESERVED_PARAMS.filter((name) => Object.hasOwn(parsed.data.params ?? {}, name));
  if (reserved.length > 0) {
    throw new ChatFailure(
      'invalid_input',
      `params may not hold ${reserved.join(', ')}: ${reserved.length === 1 ? 'it is' : 'they are'} set for you`,
    );
  }
  return parsed.data;
}

/** The body of a request for one model of the input. */
export function chatRequestBody(input: ChatInput, model: string, provider: Provider): object {
  return {
    ...input.params,
    model,
    messages: input.messages,
    stream: true,
    ...(provider.streamUsage ? { stream_options: { include_usage: true } } : {}),
  };
}
