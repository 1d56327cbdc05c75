export { ApiError, TRANSPORT_ERRORS, type TransportErrorCode } from './api-error.js';
export type { BackOff } from './back-off.js';
export {
  LeewayClient,
  type CallOptions,
  type HistoryOptions,
  type LimitChanges,
  type ListOptions,
  type OutputOptions,
  type SubmitOptions,
  type WaitOptions,
} from './client.js';
export type { FollowOptions } from './event-stream.js';
export type { BatchItem, Estimate, Health, JobOutput, Version } from './replies.js';
export { SseParser, type ServerEvent } from './sse-parser.js';
export type { TransportOptions } from './transport.js';
export { showDuration } from './cli/duration.js';
