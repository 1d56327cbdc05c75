import type { ErrorCode } from '@leeway/contract';
import type { Route } from './route.js';

/** Every code that a route can answer with, in the order of the table of codes. */
export function errorsOf(route: Route): ErrorCode[] {
  const codes: ErrorCode[] = ['invalid_request', 'host_not_allowed', 'origin_not_allowed', 'internal'];
  if (route.scope !== null) codes.push('unauthorized', 'forbidden');
  if (route.body !== undefined) codes.push('invalid_json', 'payload_too_large', 'unsupported_media_type');
  if (route.group !== 'Server' && route.group !== 'Protocols') codes.push('store_unavailable');
  return [...new Set([...codes, ...(route.errors ?? [])])];
}
