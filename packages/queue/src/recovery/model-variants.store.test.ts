import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorkbench, type Workbench } from '../../testing/model/machine.js';
import { runModel } from '../../testing/model/model-run.js';
import { defineVariant, type Variant } from '../../testing/model/variant-scripts.js';

/** Far more than any mistake needs; the first run that differs ends it. The seed keeps the duration the same. */
const RUNS = 1_000;
const SEED = 7;
const MAX_LOSSES = 1;
const FENCE = 'if f[1] ~= n then';

/** Mistakes that queues have been built with. Each has to be found by the very runs that the product passes. */
const MISTAKES: Record<string, Variant> = {
  'a settlement without a fence: any attempt may settle': {
    path: 'attempts/settle',
    replace: [{ text: FENCE, by: "if f[1] == 'never' then" }],
  },
  'a fence by state: any attempt may settle while the job runs': {
    path: 'attempts/settle',
    replace: [{ text: FENCE, by: "if f[2] ~= 'running' and f[2] ~= 'paused' then" }],
  },
  'a repeated settlement that is observed again': {
    path: 'attempts/settle',
    replace: [
      {
        text: FENCE,
        by: `if f[1] ~= n then
  if f[3] == s.outcome then redis.call('LPUSH', P .. ':ring:' .. s.rings[1][1], s.rings[1][2]) end`,
      },
    ],
  },
  'late reports that are stored': {
    path: 'attempts/report',
    replace: [{ text: "if redis.call('HGET', job, 'attempt') ~= n then", by: 'if false then' }],
  },
  'leases that a living worker keeps for everything it ever took': {
    path: 'attempts/beat',
    replace: [
      {
        text: 'local reply = { now, claimed }',
        by: `local reply = { now, claimed }
for _, member in ipairs(redis.call('ZRANGE', P .. ':leases', 0, -1)) do
  local id, n = splitAttempt(member)
  if redis.call('HGET', jobKey(id), 'a' .. n .. ':worker') == worker then renewLease(member) end
end`,
      },
    ],
  },
  'leases by the clock of the worker, which may be wrong': {
    path: 'attempts/beat',
    replace: [
      { text: 'local worker = ARGV[1]', by: "local worker = ARGV[1]\nif worker == 'w2' then now = now - 60000 end" },
    ],
  },
  'a watchdog that does not check the lease again before it requeues': {
    path: 'attempts/mark-lost',
    replace: [{ text: 'if leaseAgeMs(attemptId) < tonumber(ARGV[3]) then', by: 'if false then' }],
  },
  'a watchdog that requeues what was settled meanwhile': {
    path: 'attempts/mark-lost',
    replace: [{ text: "if redis.call('HGET', jobKey(id), 'attempt') ~= n then", by: 'if false then' }],
  },
  'a job that BullMQ hands out again and that is taken from a healthy worker': {
    path: 'attempts/claim',
    replace: [{ text: "if leaseAgeMs(id .. '.' .. r.open) < tonumber(ARGV[4]) then", by: 'if false then' }],
  },
  'losses without a bound': {
    path: 'lib/lost-attempts',
    replace: [{ text: 'losses > maxLosses', by: 'losses > 1000' }],
  },
  'a loss that counts although its worker has cleared the attempt': {
    path: 'lib/lost-attempts',
    replace: [{ text: '(f.isCleared and 0 or 1)', by: '1' }],
  },
  'a cancel that is forgotten when the worker is lost': {
    path: 'lib/lost-attempts',
    replace: [{ text: 'if f.isCancelled then', by: 'if false then' }],
  },
  'an attempt that is claimed while another one is open': {
    path: 'attempts/claim',
    replace: [
      { text: "if r.open ~= '0' then", by: 'if false then' },
      { text: "if r.state ~= 'queued' and r.state ~= 'scheduled' then", by: 'if false then' },
    ],
  },
  'a submission that never reaches BullMQ when the API dies': {
    path: 'maintenance/sweep',
    replace: [{ text: "membersUpTo(':outbox', now - tonumber(ARGV[2]))", by: '{}' }],
  },
  'an end without its webhook': {
    path: 'lib/finish',
    replace: [
      {
        text: 'if r.webhook then',
        by: "if r.webhook and state ~= 'cancelled' then",
      },
    ],
  },
  'a webhook of an end that a retry has undone': {
    path: 'lib/finish',
    replace: [{ text: 'dropWebhook(id)', by: '' }],
  },
  'a change that gets no outbox entry': {
    path: 'lib/outbox',
    replace: [{ text: "redis.call('ZADD', P .. ':outbox', now, id)", by: '' }],
  },
};

let workbench: Workbench;
beforeAll(async () => {
  workbench = await startWorkbench(MAX_LOSSES);
});
afterAll(() => workbench.stop());

describe('random histories of the queue find', () => {
  it.each(Object.entries(MISTAKES))('%s (F94, F98)', async (_, variant) => {
    const run = defineVariant(workbench.bench.raw, variant);
    const { difference } = await runModel(workbench, { run, runs: RUNS, seed: SEED, shrinks: false });
    expect(difference).toMatch(/should/);
  });
});
