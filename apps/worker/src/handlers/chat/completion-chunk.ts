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

/** Something the model said. Empty deltas and deltas that only name the role are not parts. */
export type ChatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'refusal'; readonly text: string }
  | ToolCallPart;

/** What one event of the stream, or one whole answer, says. */
export interface CompletionChunk {
  readonly parts: readonly ChatPart[];
  readonly finishReason: string | null;
  readonly usage: Record<string, unknown> | null;
  /** The name the provider gives its model, which may be more exact than the one asked for. */
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
  const said = objectOf(choice?.['delta']) ?? objectOf(choice?.['message']) ?? {};
  return {
    parts: partsOf(said),
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
    // The parser's own message quotes the text; this one is short and the same in every version of Node.
    value = undefined;
  }
  const object = objectOf(value);
  if (object === null)
    throw new ChatFailure('malformed_stream', `expected a JSON object in the stream; got ${shown(json)}`);
  return object;
}

function choices(chunk: Record<string, unknown>): Record<string, unknown>[] {
  const list = chunk['choices'];
  return Array.isArray(list) ? list.filter((entry) => objectOf(entry) !== null) : [];
}

function partsOf(said: Record<string, unknown>): ChatPart[] {
  const parts: ChatPart[] = [];
  const add = (kind: 'text' | 'thinking' | 'refusal', text: string) => {
    if (text !== '') parts.push({ kind, text });
  };
  // Two names for the same thing, and some servers send both.
  add('thinking', textOf(said['reasoning_content']) || textOf(said['reasoning']));
  add('text', textOf(said['content']));
  add('refusal', textOf(said['refusal']));
  const calls = Array.isArray(said['tool_calls']) ? said['tool_calls'] : [];
  for (const [position, call] of calls.entries()) {
    const part = toolPart(objectOf(call), position);
    if (part !== undefined) parts.push(part);
  }
  return parts;
}

/** A whole answer gives no index: there the position counts. */
function toolPart(call: Record<string, unknown> | null, position: number): ToolCallPart | undefined {
  const called = objectOf(call?.['function']) ?? {};
  const index = Number.isInteger(call?.['index']) ? (call?.['index'] as number) : position;
  const part: ToolCallPart = {
    kind: 'tool',
    index,
    id: textOf(call?.['id']),
    name: textOf(called['name']),
    arguments: textOf(called['arguments']),
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

const SHOWN_CHARS = 80;

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text);
}
