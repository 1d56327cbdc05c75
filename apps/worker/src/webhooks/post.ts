import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { NotPublic } from './public-lookup.js';

export interface Post {
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** Of everything, from the look-up of the name to the end of the answer. */
  timeoutMs: number;
  /** So much of the answer is read. */
  answerBytes: number;
  /** Absent: that of the system. */
  lookup?: LookupFunction;
}

/** Largest headers of an answer, in bytes. */
const ANSWER_HEADER_BYTES = 16 * 1024;

/**
 * Sends a body over a connection of its own and returns the status of the answer. Redirects are not followed: they would lead
 * past every check. Throws an Error whose message says why there was no answer, without the address that was called.
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
    request.on('error', (error) => reject(new Error(why(error))));
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0);
      // The status says it all; the rest is read so that the receiver is not cut off, but not for ever.
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

/** Codes instead of messages: those hold addresses. */
function why(error: NodeJS.ErrnoException): string {
  if (error instanceof NotPublic || error.code === undefined) return error.message;
  return error.code === 'ENOTFOUND' || error.code === 'ENODATA'
    ? `the name of its host was not found (${error.code})`
    : `no answer (${error.code})`;
}
