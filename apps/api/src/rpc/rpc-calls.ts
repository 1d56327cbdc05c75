import { LeewayError, readAs } from '@leeway/contract';
import { RETRY_AFTER_S } from '../calls/bounds.js';
import { z } from 'zod';
import { callWithParams, type ProtocolClient } from '../calls/call-with-params.js';
import type { FlatParams } from '../calls/flat-params.js';
import type { Reply, Route } from '../calls/route.js';
import { CALL_OVER } from '../calls/call-end.js';
import { ProtocolError, type RpcRequest } from './json-rpc.js';
import type { Method } from './methods.js';
import type { SendBuffer } from './send-buffer.js';
import { Subscriptions } from './subscriptions.js';

/** Every call is authorized with the header of the request that opened the connection. */
export interface CallsOptions extends ProtocolClient {
  methods: ReadonlyMap<string, Method>;
  buffer: SendBuffer;
}

/** The result of a method, and what begins once it has been sent. */
export interface MethodResult {
  json: unknown;
  begin?: () => void;
}

const SHOWN = 100;
const unsubscribeSchema = z.strictObject({ subscription: z.string() });

/** The calls of one connection. Each runs as the same call over HTTP does. */
export class RpcCalls {
  private readonly running = new Set<AbortController>();
  private readonly subscriptions: Subscriptions;

  constructor(private readonly options: CallsOptions) {
    const { maxSubscriptions: most } = options.services.bounds;
    this.subscriptions = new Subscriptions({ most, retryAfterS: RETRY_AFTER_S });
  }

  /** Throws LeewayError, or ProtocolError when there is no such method. */
  async perform({ method: name, params, id = null }: RpcRequest): Promise<MethodResult> {
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

  /** The connection has closed. Jobs continue: they do not belong to a connection. */
  end(): void {
    this.subscriptions.endAll();
    for (const controller of this.running) controller.abort(CALL_OVER);
  }

  private async call(route: Route, params: FlatParams): Promise<MethodResult> {
    const controller = new AbortController();
    try {
      const { json } = await this.run(route, params, controller);
      return { json };
    } finally {
      controller.abort(CALL_OVER);
    }
  }

  private async subscribe(route: Route, to: { params: FlatParams; resource: string }): Promise<MethodResult> {
    const controller = new AbortController();
    const id = this.subscriptions.reserve(controller);
    try {
      const { events } = await this.run(route, to.params, controller);
      if (events === undefined) throw new Error(`${route.name} has no events`);
      const subscription = { id, controller, events, resource: to.resource };
      return {
        json: { subscription: id },
        begin: () => void this.subscriptions.pump(subscription, this.options.buffer),
      };
    } catch (error) {
      this.subscriptions.end(id);
      throw error;
    }
  }

  private unsubscribe(params: FlatParams): MethodResult {
    const { subscription } = readAs(unsubscribeSchema, params);
    return { json: { done: this.subscriptions.end(subscription) ? 'unsubscribed' : 'already' } };
  }

  private async run(route: Route, params: FlatParams, controller: AbortController): Promise<Reply> {
    this.running.add(controller);
    try {
      this.refuseTooMany();
      return await callWithParams(route, { params, controller }, this.options);
    } finally {
      this.running.delete(controller);
    }
  }

  private refuseTooMany(): void {
    const { maxSocketCalls: most } = this.options.services.bounds;
    if (this.running.size <= most) return;
    const message = `${most} calls of this connection have no reply yet, the most of one connection.`;
    throw new LeewayError('rate_limited', message, { retryAfterS: RETRY_AFTER_S });
  }
}
