import { LeewayError } from '@leeway/contract';
import { z } from 'zod';
import { splitParams, type FlatParams } from '../flat-params.js';
import { checkQuery } from '../query-values.js';
import type { Reply, Route } from '../route.js';
import { OVER, runRoute } from '../run-route.js';
import type { Services } from '../services.js';
import { identify } from '../visitor.js';
import { ProtocolError, type RpcRequest } from './json-rpc.js';
import type { Outbox } from './outbox.js';
import type { Method } from './rpc-methods.js';
import { Subscriptions } from './subscriptions.js';

export interface CallsOptions {
  methods: ReadonlyMap<string, Method>;
  services: Services;
  out: Outbox;
  /** Header of the request that opened the connection: every call is checked with it. */
  authorization: string | undefined;
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
    for (const gone of this.running) gone.abort(OVER);
  }

  private async call(route: Route, params: FlatParams): Promise<Result> {
    const gone = new AbortController();
    try {
      const { json } = await this.run(route, params, gone);
      return { json };
    } finally {
      gone.abort(OVER);
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

  /** As the router does it for HTTP: who asks, what for, then the route. */
  private async run(route: Route, params: FlatParams, gone: AbortController): Promise<Reply> {
    const { services, authorization } = this.options;
    const { clock, metrics, policy } = services;
    const began = clock.monotonicMs();
    let held = false;
    const count = (status: number) => {
      const tookMs = held ? null : clock.monotonicMs() - began;
      metrics.countRequest({ method: 'WS', route: route.path, status, tookMs });
    };
    this.running.add(gone);
    try {
      this.bound(policy.api.maxSocketCalls);
      const visitor = identify(authorization, route.scope, services);
      const asked = { ...splitParams(route, params, policy), visitor, gone, held: () => void (held = true) };
      const reply = await runRoute(route, asked, services);
      count(reply.status);
      return reply;
    } catch (error) {
      count(error instanceof LeewayError ? error.status : INTERNAL);
      throw error;
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
const INTERNAL = 500;
