import type { IncomingMessage } from 'node:http';
import { LeewayError } from '@leeway/contract';
import { findUnusable } from '../calls/json-shape.js';
import type { TextBody } from '../calls/route.js';

export interface BodyLimits {
  maxBytes: number;
  /** Levels of nesting. */
  maxDepth: number;
}

const JSON_TYPE = 'application/json';
const UTF8_ONLY = /^\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * The JSON value of a request's body; undefined when it has none. Throws LeewayError `unsupported_media_type`,
 * `payload_too_large`, `invalid_json`, or `invalid_request` for JSON that no route could use.
 */
export async function readJsonBody(request: IncomingMessage, limits: BodyLimits): Promise<unknown> {
  const body = await readTextBody(request, { maxBytes: limits.maxBytes, types: [JSON_TYPE] });
  if (body === undefined) return undefined;
  const value = parse(body.text);
  const unusable = findUnusable(value, limits.maxDepth);
  if (unusable !== undefined) {
    throw new LeewayError('invalid_request', `${unusable.path || 'body'}: ${unusable.message}`, { errors: [unusable] });
  }
  return value;
}

/**
 * The text of a request's body, of one of the types; undefined when it has none. Throws LeewayError
 * `unsupported_media_type`, `payload_too_large`, or `invalid_json` for bytes that are not UTF-8.
 */
export async function readTextBody(
  request: IncomingMessage,
  limits: { maxBytes: number; types: readonly string[] },
): Promise<TextBody | undefined> {
  const type = checkType(request, limits.types);
  if (!hasBody(request)) return undefined;
  const bytes = await readBytes(request, limits.maxBytes);
  return bytes.length === 0 ? undefined : { type, text: decode(bytes) };
}

/** A wrong type is refused even without a body: the form of a web page can send that. */
function checkType(request: IncomingMessage, types: readonly string[]): string {
  const given = request.headers['content-type'];
  const type = types.find((name) => given?.toLowerCase().startsWith(name) && UTF8_ONLY.test(given.slice(name.length)));
  if (type === undefined && (given !== undefined || hasBody(request))) {
    throw new LeewayError(
      'unsupported_media_type',
      `Expected Content-Type: ${types.join(' or ')}; got ${given === undefined ? 'none' : `"${given.slice(0, 100)}"`}.`,
    );
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new LeewayError(
      'unsupported_media_type',
      `Expected a body without compression; got Content-Encoding: ${encoding.slice(0, 100)}.`,
    );
  }
  return type ?? '';
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    const refuse = (size: number) => {
      request.removeAllListeners('data');
      // The rest is read and discarded: with the connection cut, the client could not read the refusal. The time limit of
      // the server for one request bounds it.
      request.resume();
      reject(
        new LeewayError('payload_too_large', `The body has at least ${size} bytes; the policy allows ${maxBytes}.`),
      );
    };
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > maxBytes) return refuse(announced);
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxBytes) refuse(received);
      else chunks.push(chunk);
    });
    const broken = () => reject(new LeewayError('invalid_json', 'The connection broke before the body was complete.'));
    request.once('error', broken);
    request.once('close', broken);
    request.once('end', () => {
      request.off('close', broken);
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
  });
}

/** Keeps nothing from one text to the next. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new LeewayError('invalid_json', 'The body is not UTF-8.', { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new LeewayError('invalid_json', `The body is not JSON: ${(cause as Error).message}.`, { cause });
  }
}
