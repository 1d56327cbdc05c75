import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { NotPublicError } from './public-lookup.js';

export interface Post {
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** For the whole request, from the DNS query to the headers of the response. */
  timeoutMs: number;
  /** The connection is closed when the body of the response is longer. */
  answerBytes: number;
  /** Absent: the system's. */
  lookup?: LookupFunction;
}

/** Largest headers of a response. */
const ANSWER_HEADER_BYTES = 16 * 1024;

/**
 * Sends a body over a new connection and returns the status of the response. Redirects are not followed: they would bypass every
 * check. Throws an Error with the reason why there was no response, without the address.
 */
export function post({ url, headers, body, timeoutMs, answerBytes, lookup }: Post): Promise<number> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      agent: false,
      maxHeaderSize: ANSWER_HEADER_BYTES,
      ...(lookup === undefined ? {} : { lookup }),
    });
    const limit = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    request.once('close', () => clearTimeout(limit));
    request.on('error', (error) => reject(new Error(reason(error))));
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0);
      // Only the status matters; the body is read, up to the limit, so that the receiver can finish its response.
      discard(response, answerBytes, () => request.destroy());
    });
    request.end(body);
  });
}

function discard(response: IncomingMessage, mostBytes: number, close: () => void): void {
  let bytes = 0;
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostBytes) close();
  });
}

/** By the code of the error, because its message has the address. */
function reason(error: NodeJS.ErrnoException): string {
  if (error instanceof NotPublicError || error.code === undefined) return error.message;
  return error.code === 'ENOTFOUND' || error.code === 'ENODATA'
    ? `the name of its host was not found (${error.code})`
    : `no answer (${error.code})`;
}
