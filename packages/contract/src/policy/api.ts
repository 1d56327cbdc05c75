import { z } from 'zod';
import { bytes, count, ms, setting } from './setting.js';

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/;

/** How the API and the dashboard answer over HTTP. */
export const apiPolicySchema = z.strictObject({
  hosts: setting(
    z.array(z.string().regex(HOST_NAME, 'expected a lower-case name, with a port if it is not 80 or 443')),
    [],
    {
      meaning:
        'Further names this server is called by, as they stand in the Host header, e.g. "queue.example.org". The address it listens on and loopback are always accepted',
      unit: 'names',
      reason:
        'Any other Host header means that a page of somebody else points its own name at this server (DNS rebinding)',
    },
  ),
  answerMs: setting(ms(100, 60_000), 1_500, {
    meaning: 'A request that does not ask to wait gets 503 when Redis has not answered by then',
    unit: 'ms',
    reason: 'A client hears within two seconds, the way included',
  }),
  retryAfterS: setting(count(1, 3_600), 2, {
    meaning: 'What the header Retry-After says when Redis is away or the queue is full',
    unit: 's',
    reason: 'A restart of Redis takes about as long',
  }),
  maxListed: setting(count(1, 200), 200, {
    meaning: 'Most jobs on one page of a listing',
    unit: 'jobs',
    reason: 'Bounds the size of one answer',
  }),
  maxBatch: setting(count(1, 1_000), 1_000, {
    meaning: 'Most submissions in one batch',
    unit: 'submissions',
    reason: 'Bounds the time and the size of one answer',
  }),
  maxStreams: setting(count(1, 100_000), 1_000, {
    meaning: 'Event streams and waiting requests that one API process holds open at once; one more gets 429',
    unit: 'requests',
    reason: 'Each holds a connection and some memory',
  }),
  maxSockets: setting(count(1, 100_000), 1_000, {
    meaning: 'WebSockets that one API process holds open at once; one more gets 429',
    unit: 'sockets',
    reason: 'Each holds a connection and some memory',
  }),
  maxSubscriptions: setting(count(1, 10_000), 100, {
    meaning: 'Jobs that one WebSocket follows at once; each also counts as one of maxStreams',
    unit: 'subscriptions',
    reason: 'More than an agent has jobs, and no single connection takes all of maxStreams',
  }),
  maxSocketCalls: setting(count(1, 10_000), 100, {
    meaning: 'Calls of one WebSocket that have no answer yet; one more is refused with rate_limited',
    unit: 'calls',
    reason: 'Bounds what one connection can ask for at once, the items of a batch included',
  }),
  maxSocketBytes: setting(bytes(1_024, 1024 * 1024 * 1024), 4 * 1024 * 1024, {
    meaning: 'Answers that wait for a WebSocket to read them; when there are more, the next one closes it (1008)',
    unit: 'bytes',
    reason: 'A client that asks and does not read must not fill the memory; a page of large jobs still fits',
  }),
  toolWaitMs: setting(ms(0, 60 * 60_000), 45_000, {
    meaning: 'Longest wait of an MCP tool for the end of a job; then it answers with the id, and how to ask again',
    unit: 'ms',
    reason: 'Common MCP clients give a call up after a minute',
  }),
  toolTextBytes: setting(bytes(1_024, 16 * 1024 * 1024), 32 * 1024, {
    meaning:
      'Most text of a result or of output in the answer of an MCP tool; what is longer is shortened in the middle',
    unit: 'bytes',
    reason: 'It goes into the context of a model; about 8,000 tokens',
  }),
  maxImportBytes: setting(bytes(1_024, 256 * 1024 * 1024), 16 * 1024 * 1024, {
    meaning: 'Largest file of observations that can be imported',
    unit: 'bytes',
    reason: 'Held in memory until every line has been checked; about a hundred thousand observations',
  }),
  maxDepth: setting(count(8, 1_000), 100, {
    meaning: 'Deepest nesting of a request body',
    unit: 'levels',
    reason: 'Far beyond what anybody writes; deeper ones exhaust the stack of whoever walks them',
  }),
  confirmMs: setting(ms(0, 60_000), 2_000, {
    meaning: 'A cancel waits this long, beyond the grace, for the worker to say that the attempt has ended',
    unit: 'ms',
    reason: 'The reply should say what was done, not only that it was asked for',
  }),
  keepAliveMs: setting(ms(1_000, 5 * 60_000), 15_000, {
    meaning:
      'A silent event stream gets a comment this often, a WebSocket a ping; one whose peer has not been heard of at the next ping is cut off',
    unit: 'ms',
    reason: 'Proxies cut connections that are silent for half a minute',
  }),
});
export type ApiPolicy = z.output<typeof apiPolicySchema>;
