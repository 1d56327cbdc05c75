import { LeewayError } from '@leeway/contract';
import { z } from 'zod';
import { callWithParams, type Caller } from '../calls/call-with-params.js';
import type { FlatParams } from '../calls/flat-params.js';
import { checkQuery } from '../calls/query-values.js';
import type { Reply, Route } from '../calls/route.js';
import { CALL_OVER } from '../calls/run-call.js';
import { ProtocolError, type RpcRequest } from './json-rpc.js';
import type { SendBuffer } from './send-buffer.js';
import type { Method } from './rpc-methods.js';
import { Subscriptions } from './subscriptions.js';

/** Every call is checked with the header of the request that opened the connection. */
export interface CallsOptions extends Caller {
  methods: ReadonlyMap<string, Method>;
  out: SendBuffer;
}

/** What a method gave, and what begins once that has been sent. */
export interface Result {
  json: unknown;
  begin?: () => void;
}

const unsubscribeSchema = z.strictObject({ subscription: z.string() });

/** The calls of one connection. Each goes the way of the same call over HTTP. */
export class RpcCalls {
  private readonly running = new Set<AbortController>();
  private readonly subscriptions: Subscriptions;

  constructor(private readonly options: CallsOptions) {
    const { maxSubscriptions, retryAfterS } = options.services.policy.api;
    this.subscriptions = new Subscriptions({ most: maxSubscriptions, retryAfterS });
  }

  /** Throws LeewayError, or ProtocolError when there is no such method. */
  async perform({ method: name, params, id = null }: RpcRequest): Promise<Result> {
    const method = this.options.methods.get(name);
    if (method === undefined) {
      const known = [...this.options.methods.keys()].join(', ');
      const refusal = new LeewayError('not_found', `There is no method "${name.slice(0, SHOWN)}". Known: ${known}.`);
      throw new ProtocolError('methodNotFound', refusal, id);
    }
    switch (method.does) {
      case 'call':
        return this.call(method.route, params);
      case 'subscribe':
        return this.subscribe(method.route, { params, resource: name.split('.')[0] ?? '' });
      case 'unsubscribe':
        return this.unsubscribe(params);
    }
  }

  /** Nobody reads any more. Jobs go on: they do not belong to a connection. */
  end(): void {
    this.subscriptions.endAll();
    for (const gone of this.running) gone.abort(CALL_OVER);
  }

  private async call(route: Route, params: FlatParams): Promise<Result> {
    const gone = new AbortController();
    try {
      const { json } = await this.run(route, params, gone);
      return { json };
    } finally {
      gone.abort(CALL_OVER);
    }
  }

  private async subscribe(route: Route, to: { params: FlatParams; resource: string }): Promise<Result> {
    const gone = new AbortController();
    const id = this.subscriptions.reserve(gone);
    try {
      const { events } = await this.run(route, to.params, gone);
      if (events === undefined) throw new Error(`${route.name} has no events`);
      const subscription = { id, gone, events, resource: to.resource };
      return {
        json: { subscription: id },
        begin: () => void this.subscriptions.pump(subscription, this.options.out),
      };
    } catch (error) {
      this.subscriptions.end(id);
      throw error;
    }
  }

  private unsubscribe(params: FlatParams): Result {
    const { subscription } = checkQuery(params, unsubscribeSchema, { place: '', errors: [] });
    return { json: { done: this.subscriptions.end(subscription) ? 'unsubscribed' : 'already' } };
  }

  private async run(route: Route, params: FlatParams, gone: AbortController): Promise<Reply> {
    this.running.add(gone);
    try {
      this.bound(this.options.services.policy.api.maxSocketCalls);
      return await callWithParams(route, { params, gone }, this.options);
    } finally {
      this.running.delete(gone);
    }
  }

  private bound(most: number): void {
    if (this.running.size <= most) return;
    const { retryAfterS } = this.options.services.policy.api;
    const message = `${most} calls of this connection have no answer yet, which is all the policy allows.`;
    throw new LeewayError('rate_limited', message, { retryAfterS });
  }
}

const SHOWN = 100;
