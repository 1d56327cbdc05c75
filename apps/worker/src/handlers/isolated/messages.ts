import type { OutputStream, StopReason } from '@leeway/supervision';
import type { Cause } from '@leeway/contract';
import type { HandlerLog } from '../handler.js';
import type { UserHandlerLimits } from '../user/user-context.js';

/**
 * The language between a worker and the process of an isolated handler: one JSON text a line, over a unix socket that
 * the process is told of on its standard input. What the handler prints is output of the job and no part of this.
 */

/** On standard input of the process. */
export interface Invitation {
  readonly socketPath: string;
  /** Said back as the first message; nobody else knows it. */
  readonly token: string;
}

/** What an attempt is told at its start. */
export interface AttemptFacts {
  readonly jobId: string;
  readonly attemptId: string;
  readonly attempt: number;
  readonly graceMs: number;
  readonly lastCheckpoint: unknown;
}

/** Epoch milliseconds. */
export interface DeadlineFacts {
  readonly deadlineAt: number;
  /** No extension goes beyond. */
  readonly latestAt: number;
}

export interface IsolatedLimits extends UserHandlerLimits {
  /** Bytes of output that are kept of one attempt; more is not sent. */
  readonly maxOutputBytes: number;
}

export interface StartMessage extends DeadlineFacts {
  readonly type: 'start';
  /** The module, and which of its handlers. */
  readonly file: string;
  readonly kind: string;
  readonly input: unknown;
  readonly facts: AttemptFacts;
  readonly limits: IsolatedLimits;
}

export type ToChild =
  | StartMessage
  | { readonly type: 'abort'; readonly reason: StopReason }
  | ({ readonly type: 'deadline' } & DeadlineFacts);

/** What a handler threw, as far as it matters to the job. */
export interface FailureMessage {
  readonly type: 'failure';
  readonly code: string;
  readonly message: string;
  readonly cause: Cause;
  /** False: another attempt could not succeed either. */
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
