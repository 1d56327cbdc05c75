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

/** An answer that has begun. */
export interface ProviderConnection {
  readonly response: IncomingMessage;
  /** Closes the connection; what has not come by then never comes. */
  close(): void;
}

/**
 * Sends a request over a connection of its own and returns when the headers of the answer are there. There are no
 * clocks in here, those are the supervisor's; which is why this is not `fetch`: that one gives up by itself after 300 s
 * without a byte. A call to a model takes seconds, so a new connection for each costs little, and none can turn out to
 * have been closed while it was idle. Redirects are not followed: they would take the key elsewhere.
 *
 * Throws ChatFailure `provider_unreachable`, or whatever when the signal fired.
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
    // Stays for the whole life of the request: errors after the headers come here too, and are seen by the reader.
    let reached = false;
    request.on('error', (error) => reject(unreachable(error, reached)));
    // Once the connection stands the provider may have seen the request, whatever becomes of it.
    const standing = url.protocol === 'https:' ? 'secureConnect' : 'connect';
    request.once('socket', (socket) => socket.once(standing, () => (reached = true)));
    request.once('response', (response) => {
      response.on('error', () => {});
      resolve({ response, close: () => void request.destroy() });
    });
    request.end(payload);
  });
}

function unreachable(error: NodeJS.ErrnoException, reached: boolean): ChatFailure {
  const message = `no answer from the provider (${error.code ?? error.message})`;
  return new ChatFailure('provider_unreachable', message, { reached, brief: `no answer (${error.code ?? 'no code'})` });
}
