import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ChatFailure } from './chat-errors.js';

export interface ConnectionOptions {
  url: URL;
  /** Sent as `Authorization: Bearer`. */
  key?: string;
  /** A JSON value. */
  body: object;
  /** Closes the connection at once, whatever state it is in. */
  signal: AbortSignal;
}

/** A response whose headers have arrived. */
export interface ProviderConnection {
  readonly response: IncomingMessage;
  /** Closes the connection; the rest of the response is dropped. */
  close(): void;
}

/**
 * Sends a request over a new connection and returns when the headers of the response are there. It has no timeout, since the
 * supervisor has the clocks; for that reason it is not `fetch`, which gives up after 300 s without a byte. A call takes seconds,
 * so a new connection for each costs little, and an idle one that the server has closed meanwhile cannot be hit. Redirects are
 * not followed: they would send the key elsewhere.
 *
 * Throws ChatFailure `provider_unreachable`; after an abort, any error.
 */
export function openConnection({ url, key, body, signal }: ConnectionOptions): Promise<ProviderConnection> {
  const payload = Buffer.from(JSON.stringify(body));
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = {
    'content-type': 'application/json',
    'content-length': payload.length,
    accept: 'text/event-stream, application/json',
    'accept-encoding': 'identity',
    'user-agent': 'leeway',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  return new Promise((resolve, reject) => {
    const request = send(url, { method: 'POST', headers, agent: false, signal });
    let reached = false;
    // Errors after the headers arrive here as well, where they have no effect; the reader of the response handles them.
    request.on('error', (error) => reject(unreachable(error, reached)));
    // From here on the provider may have received the request.
    const connected = url.protocol === 'https:' ? 'secureConnect' : 'connect';
    request.once('socket', (socket) => socket.once(connected, () => (reached = true)));
    request.once('response', (response) => {
      response.on('error', () => {});
      resolve({ response, close: () => void request.destroy() });
    });
    request.end(payload);
  });
}

function unreachable(error: NodeJS.ErrnoException, reached: boolean): ChatFailure {
  const message = `no answer from the provider (${error.code ?? error.message})`;
  const publicReason = `no answer (${error.code ?? 'no code'})`;
  return new ChatFailure('provider_unreachable', message, { reached, publicReason });
}
