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
  /** The provider's word for it, e.g. `stop`, `length`, `tool_calls`; null: the answer was cut off. */
  readonly finishReason: string | null;
  /** Token counts in the provider's own form; null: it reported none. */
  readonly usage: Record<string, unknown> | null;
  /** Milliseconds from sending the request to the first token that counts; null: there was none. */
  readonly firstTokenMs: number | null;
  readonly toolCalls?: readonly ToolCall[];
  /** Thinking that the provider sent, up to `retention.resultBytes`. */
  readonly reasoning?: string;
  /** There was more of it. */
  readonly reasoningCut?: true;
  /** Why the model did not answer, where it gives a reason apart from the text. */
  readonly refusal?: string;
  /** The provider's own name for the model, where it differs. */
  readonly reportedModel?: string;
}

interface ModelAnswerOptions {
  /** The name in the request. */
  model: string;
  /** Most bytes of text and tool calls; more is a failure. Thinking has a limit of the same size of its own. */
  maxBytes: number;
}

/** Collects the answer of one model as it arrives, in bounded memory. */
export class ModelAnswer {
  private readonly model: string;
  private readonly maxBytes: number;
  private readonly calls = new Map<number, ToolCallPart>();
  private bytes = 0;
  private text = '';
  private refusal = '';
  private reasoning = '';
  private reasoningBytes = 0;
  private reasoningCut = false;
  private finishReason: string | null = null;
  private usage: Record<string, unknown> | null = null;
  private reportedModel: string | null = null;
  /** Milliseconds from the request; set once, by the caller. */
  firstTokenMs: number | null = null;

  constructor({ model, maxBytes }: ModelAnswerOptions) {
    this.model = model;
    this.maxBytes = maxBytes;
  }

  /** The finish reason has arrived: nothing but the token counts can follow. */
  get finished(): boolean {
    return this.finishReason !== null;
  }

  get empty(): boolean {
    return this.bytes === 0 && this.reasoningBytes === 0;
  }

  /** Throws ChatFailure `answer_too_large`; the part before it is kept. */
  add(chunk: CompletionChunk): void {
    for (const part of chunk.parts) this.addPart(part);
    this.finishReason ??= chunk.finishReason;
    this.usage = chunk.usage ?? this.usage;
    this.reportedModel ??= chunk.model;
  }

  result(): ChatResult {
    const calls = [...this.calls.values()].sort((a, b) => a.index - b.index);
    return {
      text: this.text,
      model: this.model,
      finishReason: this.finishReason,
      usage: this.usage,
      firstTokenMs: this.firstTokenMs,
      ...(calls.length === 0 ? {} : { toolCalls: calls.map(toToolCall) }),
      ...(this.reasoning === '' ? {} : { reasoning: this.reasoning }),
      ...(this.reasoningCut ? { reasoningCut: true as const } : {}),
      ...(this.refusal === '' ? {} : { refusal: this.refusal }),
      ...(this.reportedModel === null || this.reportedModel === this.model
        ? {}
        : { reportedModel: this.reportedModel }),
    };
  }

  private addPart(part: ChatPart): void {
    switch (part.kind) {
      case 'text':
        this.grow(part.text);
        this.text += part.text;
        return;
      case 'refusal':
        this.grow(part.text);
        this.refusal += part.text;
        return;
      case 'thinking':
        this.addThinking(part.text);
        return;
      case 'tool':
        this.addToolCall(part);
        return;
    }
  }

  private addToolCall(part: ToolCallPart): void {
    const begun = this.calls.get(part.index);
    this.grow(part.id, part.name, part.arguments, begun === undefined ? TOOL_CALL_FRAME : '');
    this.calls.set(part.index, {
      ...part,
      id: begun?.id || part.id,
      name: begun?.name || part.name,
      arguments: (begun?.arguments ?? '') + part.arguments,
    });
  }

  /** Too much thinking is cut and no failure: it is not the answer. */
  private addThinking(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.reasoningCut || this.reasoningBytes + bytes > this.maxBytes) {
      this.reasoningCut = true;
      return;
    }
    this.reasoningBytes += bytes;
    this.reasoning += text;
  }

  private grow(...texts: string[]): void {
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (this.bytes + bytes > this.maxBytes) {
      const advice = 'Ask for less with params.max_tokens, or raise retention.resultBytes in the policy.';
      throw new ChatFailure('answer_too_large', `the answer is larger than ${this.maxBytes} bytes. ${advice}`);
    }
    this.bytes += bytes;
  }
}

/** Counted for each tool call besides its texts, so that a stream of empty calls reaches the limit as well. */
const TOOL_CALL_FRAME = JSON.stringify({ id: '', type: 'function', function: { name: '', arguments: '' } });

function toToolCall(call: ToolCallPart): ToolCall {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}
