import { LeewayError, type Problem } from '@leeway/contract';

/** The codes of JSON-RPC 2.0, and one of this server. The stable code of the error table is in `data`. */
const CODES = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  refused: -32_000,
} as const;

export type RequestId = string | number | null;

export interface RpcRequest {
  readonly method: string;
  /** By name; absent ones: empty. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Undefined: a notification, which gets no response. */
  readonly id: RequestId | undefined;
}

export type RpcResponse = { jsonrpc: '2.0'; id: RequestId } & (
  | { result: unknown }
  | { error: { code: number; message: string; data: Problem } }
);

/** A refusal that JSON-RPC has a code of its own for. */
export class ProtocolError extends Error {
  constructor(
    readonly kind: Exclude<keyof typeof CODES, 'refused' | 'internal'>,
    readonly refusal: LeewayError,
    /** Of the request, where it could be read. */
    readonly id: RequestId = null,
  ) {
    super(refusal.message);
  }
}

/** Throws ProtocolError for text that is not JSON. */
export function parseMessage(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const refusal = new LeewayError('invalid_json', `The message is not JSON: ${(error as Error).message}.`);
    throw new ProtocolError('parseError', refusal);
  }
}

/** One request of a message. Throws ProtocolError. */
export function readRequest(value: unknown): RpcRequest {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalid('expected an object with "jsonrpc", "method" and "id"', null);
  const { jsonrpc, method, params = {}, id } = value as Record<string, unknown>;
  if (!isId(id)) throw invalid('/id: expected a string, a number or null', null);
  if (jsonrpc !== '2.0') throw invalid('/jsonrpc: expected "2.0"', id ?? null);
  if (typeof method !== 'string') throw invalid('/method: expected the name of a method', id ?? null);
  if (params === null || typeof params !== 'object' || Array.isArray(params)) {
    const message = '/params: expected an object, because parameters are given by name';
    throw new ProtocolError('invalidParams', new LeewayError('invalid_request', message), id ?? null);
  }
  return { method, params: params as Record<string, unknown>, id };
}

export function success(id: RequestId, result: unknown): RpcResponse {
  return { jsonrpc: '2.0', id, result: result ?? null };
}

export function failure(id: RequestId, problem: Problem, kind: keyof typeof CODES = kindOf(problem)): RpcResponse {
  return {
    jsonrpc: '2.0',
    id,
    error: { code: CODES[kind], message: `${problem.title}: ${problem.detail}`, data: problem },
  };
}

/** A message of the server that is not a response. */
export function notification(method: string, params: unknown): object {
  return { jsonrpc: '2.0', method, params };
}

function kindOf({ code }: Problem): keyof typeof CODES {
  if (code === 'invalid_request') return 'invalidParams';
  return code === 'internal' ? 'internal' : 'refused';
}

function isId(id: unknown): id is RequestId | undefined {
  return id === undefined || id === null || typeof id === 'string' || typeof id === 'number';
}

function invalid(message: string, id: RequestId): ProtocolError {
  return new ProtocolError('invalidRequest', new LeewayError('invalid_request', message), id);
}
