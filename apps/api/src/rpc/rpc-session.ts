import { LeewayError } from '@leeway/contract';
import type { Log } from '@leeway/runtime';
import { findUnusable } from '../calls/json-shape.js';
import { problemOf, reportError } from '../calls/problem.js';
import {
  failure,
  parseMessage,
  ProtocolError,
  readRequest,
  success,
  type RequestId,
  type RpcResponse,
} from './json-rpc.js';
import type { RpcCalls } from './rpc-calls.js';
import type { SendBuffer } from './send-buffer.js';

export interface SessionOptions {
  calls: RpcCalls;
  buffer: SendBuffer;
  log: Log;
  /** Id of the request that opened the connection; each refusal appends a number. */
  requestId: string;
  /** Requests in one message. */
  maxBatch: number;
  /** Levels of nesting in a message. */
  maxDepth: number;
}

/** What one message leads to: a response, and what begins once it has been sent. */
interface Handled {
  /** Undefined: the message was a notification. */
  response?: RpcResponse | RpcResponse[];
  begin?: (() => void) | undefined;
}

/** The messages of one connection. Their responses are sent as the calls end, in any order. */
export class RpcSession {
  private onIdle: () => void = () => {};
  private pending = 0;
  private refusals = 0;

  constructor(private readonly options: SessionOptions) {}

  /** Handles one message; never throws. */
  async receive(text: string): Promise<void> {
    this.pending += 1;
    const { response, begin } = await this.handleMessage(text);
    if (response !== undefined) this.options.buffer.send(response);
    begin?.();
    this.pending -= 1;
    if (this.pending === 0) this.onIdle();
  }

  /** Resolves when every message has its response. */
  async settled(): Promise<void> {
    if (this.pending > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
  }

  private async handleMessage(text: string): Promise<Handled> {
    try {
      const message = parseMessage(text);
      const unusable = findUnusable(message, this.options.maxDepth);
      if (unusable !== undefined) throw invalidMessage(`${unusable.path}: ${unusable.message}`);
      if (!Array.isArray(message)) return await this.handle(message);
      return await this.handleBatch(message);
    } catch (error) {
      return { response: this.refusal(error, null) };
    }
  }

  private async handleBatch(messages: readonly unknown[]): Promise<Handled> {
    const { maxBatch } = this.options;
    if (messages.length === 0) throw invalidMessage('a batch holds at least one request');
    // Checked before any is handled: the responses to a long list of nothing would be hundreds of times its size.
    if (messages.length > maxBatch)
      throw invalidMessage(`a batch holds at most ${maxBatch} requests; got ${messages.length}`);
    const handled = await Promise.all(messages.map((message) => this.handle(message)));
    const responses = handled.flatMap(({ response = [] }) => response);
    const begin = () => handled.forEach((each) => each.begin?.());
    return responses.length === 0 ? { begin } : { response: responses, begin };
  }

  private async handle(message: unknown): Promise<Handled> {
    let id: RequestId | undefined = null;
    try {
      const request = readRequest(message);
      id = request.id;
      const { json, begin } = await this.options.calls.perform(request);
      return id === undefined ? { begin } : { response: success(id, json), begin };
    } catch (error) {
      return id === undefined ? {} : { response: this.refusal(error, id) };
    }
  }

  private refusal(error: unknown, id: RequestId): RpcResponse {
    const requestId = `${this.options.requestId}.${(this.refusals += 1)}`;
    if (error instanceof ProtocolError) return failure(error.id ?? id, problemOf(error.refusal, requestId), error.kind);
    return failure(id, problemOf(reportError(error, { log: this.options.log, requestId }), requestId));
  }
}

function invalidMessage(message: string): ProtocolError {
  return new ProtocolError('invalidRequest', new LeewayError('invalid_request', message));
}
