import type { OutputStream, StopReason } from '@leeway/supervision';
import type { Cause } from '@leeway/contract';
import type { HandlerLog } from '../handler.js';
import type { UserHandlerLimits } from '../user/user-context.js';

/**
 * The protocol between a worker and the process of an isolated handler: one JSON text a line, over a unix socket. What the
 * handler prints is output of the job and not a part of it.
 */

/** On standard input of the process: the address of the socket, and the proof that this process may use it. */
export interface Ticket {
  readonly socketPath: string;
  /** Sent back in the first message; a secret of this process. */
  readonly token: string;
}

/** Constant over an attempt. */
export interface AttemptFacts {
  readonly jobId: string;
  readonly attemptId: string;
  readonly attempt: number;
  readonly graceMs: number;
  readonly lastCheckpoint: unknown;
}

/** Epoch milliseconds. */
export interface Deadlines {
  readonly deadlineAt: number;
  /** No extension goes beyond. */
  readonly latestAt: number;
}

export interface IsolatedLimits extends UserHandlerLimits {
  /** Bytes of output that are stored of one attempt; more is not sent. */
  readonly maxOutputBytes: number;
}

export interface StartMessage extends Deadlines {
  readonly type: 'start';
  /** Absolute path of the module. */
  readonly file: string;
  readonly kind: string;
  readonly input: unknown;
  readonly facts: AttemptFacts;
  readonly limits: IsolatedLimits;
}

export type ToChild =
  | StartMessage
  | { readonly type: 'abort'; readonly reason: StopReason }
  | ({ readonly type: 'deadline' } & Deadlines);

/** The error that a handler threw. */
export interface FailureMessage {
  readonly type: 'failure';
  readonly code: string;
  readonly message: string;
  readonly cause: Cause;
  /** False: no further attempt could succeed. */
  readonly retry: boolean;
  readonly retryAfterMs?: number;
}

export type FromChild =
  | { readonly type: 'hello'; readonly token: string }
  | { readonly type: 'activity' }
  | { readonly type: 'output'; readonly text: string; readonly stream: OutputStream }
  | { readonly type: 'progress' | 'checkpoint'; readonly value: unknown }
  | { readonly type: 'extend'; readonly ms: number }
  | { readonly type: 'tool'; readonly running: boolean }
  | { readonly type: 'phase'; readonly name?: string }
  | { readonly type: 'waiting'; readonly waits: boolean; readonly reason?: string }
  | { readonly type: 'log'; readonly level: keyof HandlerLog; readonly fields: object; readonly message: string }
  | { readonly type: 'result'; readonly value: unknown }
  | FailureMessage;
