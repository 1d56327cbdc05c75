export { ApiError, TRANSPORT_ERRORS, type TransportErrorCode } from './api-error.js';
export type { BackOff } from './back-off.js';
export type {
  CallOptions,
  HistoryOptions,
  LimitChanges,
  ListOptions,
  OutputOptions,
  RetryFilter,
  SubmitOptions,
  WaitOptions,
} from './call-options.js';
export { LeewayClient } from './client.js';
export type { FollowOptions } from './event-stream.js';
export type { BatchItem, Estimate, Health, JobOutput, ResumedProvider, RetriedJobs, Version } from './replies.js';
export type { TransportOptions } from './transport.js';
