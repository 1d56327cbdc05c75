import { LeewayError } from '@leeway/contract';
import type { Log } from '@leeway/runtime';
import { findUnusable } from '../calls/json-shape.js';
import { problemOf, shownError } from '../http/middleware/problems.js';
import {
  failure,
  parseMessage,
  ProtocolError,
  readRequest,
  success,
  type RequestId,
  type RpcResponse,
} from './json-rpc.js';
import type { SendBuffer } from './send-buffer.js';
import type { RpcCalls } from './rpc-calls.js';

export interface SessionOptions {
  calls: RpcCalls;
  out: SendBuffer;
  log: Log;
  /** Of the request that opened the connection; each call gets a number behind it. */
  requestId: string;
  /** Requests in one message. */
  maxBatch: number;
  /** Levels of nesting in a message. */
  maxDepth: number;
}

/** An answer, and what begins once it has been sent. */
interface Answer {
  /** Undefined: it was a notification. */
  response?: RpcResponse | RpcResponse[];
  begin?: (() => void) | undefined;
}

/** The messages of one connection. They are answered as their calls end, in any order. */
export class RpcSession {
  private idle: () => void = () => {};
  private unanswered = 0;
  private count = 0;

  constructor(private readonly options: SessionOptions) {}

  /** Answers one message; never throws. */
  async receive(text: string): Promise<void> {
    this.unanswered += 1;
    const { response, begin } = await this.answerMessage(text);
    if (response !== undefined) this.options.out.send(response);
    begin?.();
    this.unanswered -= 1;
    if (this.unanswered === 0) this.idle();
  }

  /** Resolves when every message has its answer. */
  async settled(): Promise<void> {
    if (this.unanswered > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  private async answerMessage(text: string): Promise<Answer> {
    try {
      const message = parseMessage(text);
      const unusable = findUnusable(message, this.options.maxDepth);
      if (unusable !== undefined) throw invalidMessage(`${unusable.path}: ${unusable.message}`);
      if (!Array.isArray(message)) return await this.answer(message);
      if (message.length === 0) throw invalidMessage('a batch holds at least one request');
      // Before any of them is answered: a list of nothing but commas would be answered with hundreds of its own size.
      if (message.length > this.options.maxBatch) {
        throw invalidMessage(`a batch holds at most ${this.options.maxBatch} requests; got ${message.length}`);
      }
      const answers = await Promise.all(message.map((item) => this.answer(item)));
      const responses = answers.flatMap(({ response = [] }) => response);
      const begin = () => answers.forEach((answer) => answer.begin?.());
      return responses.length === 0 ? { begin } : { response: responses, begin };
    } catch (error) {
      return { response: this.refusal(error, null) };
    }
  }

  private async answer(value: unknown): Promise<Answer> {
    let id: RequestId | undefined = null;
    try {
      const request = readRequest(value);
      id = request.id;
      const { json, begin } = await this.options.calls.perform(request);
      return id === undefined ? { begin } : { response: success(id, json), begin };
    } catch (error) {
      return id === undefined ? {} : { response: this.refusal(error, id) };
    }
  }

  private refusal(error: unknown, id: RequestId): RpcResponse {
    const requestId = `${this.options.requestId}.${(this.count += 1)}`;
    if (error instanceof ProtocolError) return failure(error.id ?? id, problemOf(error.refusal, requestId), error.kind);
    return failure(id, problemOf(shownError(error, { log: this.options.log, requestId }), requestId));
  }
}

function invalidMessage(message: string): ProtocolError {
  return new ProtocolError('invalidRequest', new LeewayError('invalid_request', message));
}
