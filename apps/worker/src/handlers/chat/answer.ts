import { ChatFailure } from './chat-errors.js';
import type { ChatPart, CompletionChunk, ToolCallPart } from './completion-chunk.js';

/** A call of a tool, in the form that goes back into `messages`. */
export interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** What a chat job returns. */
export interface ChatResult {
  readonly text: string;
  /** The model that answered, by the name it was asked for. */
  readonly model: string;
  /** As the provider says it, e.g. `stop`, `length`, `tool_calls`; null: the answer was cut off. */
  readonly finishReason: string | null;
  /** Token counts as the provider reports them; null: it reported none. */
  readonly usage: Record<string, unknown> | null;
  /** Milliseconds from sending the request to the first token that counts; null: there was none. */
  readonly firstTokenMs: number | null;
  readonly toolCalls?: readonly ToolCall[];
  /** Thinking that the provider showed, up to `retention.resultBytes`. */
  readonly reasoning?: string;
  /** True: there was more of it. */
  readonly reasoningCut?: true;
  /** The model's reason for not answering, where it gives one apart from the text. */
  readonly refusal?: string;
  /** The provider's own name for the model, where it is another one. */
  readonly reportedModel?: string;
}

interface AnswerOptions {
  /** Name of the model that was asked for. */
  model: string;
  /** Bytes of text and tool calls that are kept at most; more is a failure. Thinking has as many for itself. */
  maxBytes: number;
}

/** Collects the answer of one model as it comes, in bounded memory. */
export class Answer {
  readonly #model: string;
  readonly #maxBytes: number;
  readonly #calls = new Map<number, ToolCallPart>();
  #bytes = 0;
  #text = '';
  #refusal = '';
  #reasoning = '';
  #reasoningBytes = 0;
  #reasoningCut = false;
  #finishReason: string | null = null;
  #usage: Record<string, unknown> | null = null;
  #reportedModel: string | null = null;
  /** Set once, by who holds the clock. */
  firstTokenMs: number | null = null;

  constructor({ model, maxBytes }: AnswerOptions) {
    this.#model = model;
    this.#maxBytes = maxBytes;
  }

  /** The provider has said why it stopped: nothing but the token counts can follow. */
  get finished(): boolean {
    return this.#finishReason !== null;
  }

  get empty(): boolean {
    return this.#bytes === 0 && this.#reasoningBytes === 0;
  }

  /** Throws ChatFailure `answer_too_large`; what was kept until then stays. */
  add(chunk: CompletionChunk): void {
    for (const part of chunk.parts) this.#addPart(part);
    this.#finishReason ??= chunk.finishReason;
    this.#usage = chunk.usage ?? this.#usage;
    this.#reportedModel ??= chunk.model;
  }

  result(): ChatResult {
    const calls = [...this.#calls.values()].sort((a, b) => a.index - b.index);
    return {
      text: this.#text,
      model: this.#model,
      finishReason: this.#finishReason,
      usage: this.#usage,
      firstTokenMs: this.firstTokenMs,
      ...(calls.length === 0 ? {} : { toolCalls: calls.map(toToolCall) }),
      ...(this.#reasoning === '' ? {} : { reasoning: this.#reasoning }),
      ...(this.#reasoningCut ? { reasoningCut: true as const } : {}),
      ...(this.#refusal === '' ? {} : { refusal: this.#refusal }),
      ...(this.#reportedModel === null || this.#reportedModel === this.#model
        ? {}
        : { reportedModel: this.#reportedModel }),
    };
  }

  #addPart(part: ChatPart): void {
    switch (part.kind) {
      case 'text':
        this.#grow(part.text);
        this.#text += part.text;
        return;
      case 'refusal':
        this.#grow(part.text);
        this.#refusal += part.text;
        return;
      case 'thinking':
        this.#addThinking(part.text);
        return;
      case 'tool':
        this.#addToolCall(part);
        return;
    }
  }

  #addToolCall(part: ToolCallPart): void {
    const begun = this.#calls.get(part.index);
    this.#grow(part.id, part.name, part.arguments, begun === undefined ? TOOL_CALL_FRAME : '');
    this.#calls.set(part.index, {
      ...part,
      id: begun?.id || part.id,
      name: begun?.name || part.name,
      arguments: (begun?.arguments ?? '') + part.arguments,
    });
  }

  /** Thinking is not the answer: too much of it is cut, not a failure. */
  #addThinking(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#reasoningCut || this.#reasoningBytes + bytes > this.#maxBytes) {
      this.#reasoningCut = true;
      return;
    }
    this.#reasoningBytes += bytes;
    this.#reasoning += text;
  }

  #grow(...texts: string[]): void {
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (this.#bytes + bytes > this.#maxBytes) {
      const advice = 'Ask for less with params.max_tokens, or raise retention.resultBytes in the policy.';
      throw new ChatFailure('answer_too_large', `the answer is larger than ${this.#maxBytes} bytes. ${advice}`);
    }
    this.#bytes += bytes;
  }
}

/** What a call weighs besides its texts: a stream of empty calls has to end as well. */
const TOOL_CALL_FRAME = JSON.stringify({ id: '', type: 'function', function: { name: '', arguments: '' } });

function toToolCall(call: ToolCallPart): ToolCall {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}
