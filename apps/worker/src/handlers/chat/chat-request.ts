import { chatInputSchema, describeIssues, type ChatInput } from '@leeway/contract';
import { ChatFailure } from './chat-errors.js';
import type { Provider } from './provider.js';

/** Throws ChatFailure `invalid_input`, with every problem in its message. */
export function readChatInput(input: unknown): ChatInput {
  const parsed = chatInputSchema.safeParse(input);
  if (!parsed.success) {
    const problems = describeIssues(parsed.error, input).map((issue) => `${issue.path || 'input'}: ${issue.message}`);
    throw new ChatFailure('invalid_input', problems.join('; '));
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
