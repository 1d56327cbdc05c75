import { ChatFailure } from './chat-errors.js';
import { readProviderError, type ProviderError } from './provider-error.js';

/** A piece of a tool call: the first one of an index has id and name, later ones more of the arguments. */
export interface ToolCallPart {
  readonly kind: 'tool';
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** A piece of an answer. Empty deltas and deltas that only name the role are not parts. */
export type ChatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'refusal'; readonly text: string }
  | ToolCallPart;

/** The content of one event of the stream, or of one whole answer. */
export interface CompletionChunk {
  readonly parts: readonly ChatPart[];
  readonly finishReason: string | null;
  readonly usage: Record<string, unknown> | null;
  /** The provider's own name for its model, which may be more exact than the one in the request. */
  readonly model: string | null;
  readonly error: ProviderError | null;
}

/**
 * Reads a `chat.completion.chunk` or a `chat.completion`. Only the first choice counts. Throws ChatFailure
 * `malformed_stream` for anything that is not a JSON object.
 */
export function readChunk(json: string): CompletionChunk {
  const chunk = parseObject(json);
  const choice = choices(chunk).find((entry) => (entry['index'] ?? 0) === 0);
  const message = objectOf(choice?.['delta']) ?? objectOf(choice?.['message']) ?? {};
  return {
    parts: partsOf(message),
    finishReason: textOf(choice?.['finish_reason']) || null,
    usage: objectOf(chunk['usage']),
    model: textOf(chunk['model']) || null,
    error: readProviderError(chunk['error']),
  };
}

function parseObject(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's own message quotes the whole text and differs between versions of Node.
    value = undefined;
  }
  const object = objectOf(value);
  if (object === null)
    throw new ChatFailure('malformed_stream', `expected a JSON object in the stream; got ${quoted(json)}`);
  return object;
}

function choices(chunk: Record<string, unknown>): Record<string, unknown>[] {
  const list = chunk['choices'];
  return Array.isArray(list) ? list.filter((entry) => objectOf(entry) !== null) : [];
}

function partsOf(message: Record<string, unknown>): ChatPart[] {
  const parts: ChatPart[] = [];
  const add = (kind: 'text' | 'thinking' | 'refusal', text: string) => {
    if (text !== '') parts.push({ kind, text });
  };
  // Two names of the same text; some servers send both.
  add('thinking', textOf(message['reasoning_content']) || textOf(message['reasoning']));
  add('text', textOf(message['content']));
  add('refusal', textOf(message['refusal']));
  const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'] : [];
  for (const [position, call] of calls.entries()) {
    const part = toolPart(objectOf(call), position);
    if (part !== undefined) parts.push(part);
  }
  return parts;
}

/** The index of a call in a whole answer is its position. */
function toolPart(call: Record<string, unknown> | null, position: number): ToolCallPart | undefined {
  const definition = objectOf(call?.['function']) ?? {};
  const index = Number.isInteger(call?.['index']) ? (call?.['index'] as number) : position;
  const part: ToolCallPart = {
    kind: 'tool',
    index,
    id: textOf(call?.['id']),
    name: textOf(definition['name']),
    arguments: textOf(definition['arguments']),
  };
  return part.id === '' && part.name === '' && part.arguments === '' ? undefined : part;
}

function objectOf(value: unknown): Record<string, unknown> | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const QUOTED_CHARS = 80;

function quoted(text: string): string {
  return JSON.stringify(text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS)}…` : text);
}
