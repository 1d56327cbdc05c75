import { z } from 'zod';
import { count, ms, setting } from './setting.js';

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/;

/** HTTP of the API and the dashboard. */
export const apiPolicySchema = z.strictObject({
  hosts: setting(
    z.array(z.string().regex(HOST_NAME, 'expected a lower-case name, with a port if it is not 80 or 443')),
    [],
    {
      meaning:
        'Further names of this server, as in the Host header, e.g. "queue.example.org". The address it listens on and loopback are always accepted',
      unit: 'names',
      reason:
        'Any other Host header means that a page of another site points its own name at this server (DNS rebinding)',
    },
  ),
  maxStreams: setting(count(1, 100_000), 1_000, {
    meaning: 'Event streams and waiting requests that one API process holds open at once; one more gets 429',
    unit: 'requests',
    reason: 'Each holds a connection and some memory',
  }),
  toolWaitMs: setting(ms(0, 60 * 60_000), 45_000, {
    meaning: 'Longest wait of an MCP tool for the end of a job; then it replies with the id of the job, to wait again',
    unit: 'ms',
    reason: 'Common MCP clients abandon a call after a minute',
  }),
  keepAliveMs: setting(ms(1_000, 5 * 60_000), 15_000, {
    meaning:
      'A silent event stream gets a comment this often, a WebSocket a ping; a WebSocket without a sign of life between two pings is cut off',
    unit: 'ms',
    reason: 'Proxies cut connections that are silent for half a minute',
  }),
});
export type ApiPolicy = z.output<typeof apiPolicySchema>;
