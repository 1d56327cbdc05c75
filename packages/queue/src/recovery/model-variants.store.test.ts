import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorkbench, type Workbench } from '../../testing/model/machine.js';
import { runModel } from '../../testing/model/model-run.js';
import { defineVariant, type Variant } from '../../testing/model/variant-scripts.js';

/** Far more than any of them needs; the first run that differs ends it. The seed keeps the time they take the same. */
const RUNS = 1_000;
const SEED = 7;
const MAX_LOSSES = 1;
const FENCE = 'if f[1] ~= n then';

/** Mistakes that queues have really been built with. Each of them has to be found by the very runs that the product passes. */
const MISTAKES: Record<string, Variant> = {
  'no fence: whoever settles is believed': {
    script: 'settle',
    instead: [{ of: FENCE, put: "if f[1] == 'never' then" }],
  },
  'a fence by state: whoever settles is believed while the job runs': {
    script: 'settle',
    instead: [{ of: FENCE, put: "if f[2] ~= 'running' and f[2] ~= 'paused' then" }],
  },
  'a settling that is repeated teaches again': {
    script: 'settle',
    instead: [
      {
        of: FENCE,
        put: "if f[1] ~= n then\n  if f[3] == outcome then redis.call('LPUSH', P .. ':ring:' .. ARGV[22], ARGV[23]) end",
      },
    ],
  },
  'late reports are stored': {
    script: 'report',
    instead: [{ of: "if redis.call('HGET', job, 'attempt') ~= n then", put: 'if false then' }],
  },
  'renewal without heartbeats: a worker that lives keeps everything it ever took': {
    script: 'beat',
    instead: [
      {
        of: 'local reply = { now, opened }',
        put: `local reply = { now, opened }
for _, member in ipairs(redis.call('ZRANGE', P .. ':beats', 0, -1)) do
  local id, n = string.match(member, '^(.*)%.(%d+)$')
  if redis.call('HGET', jobKey(id), 'a' .. n .. ':worker') == worker then redis.call('ZADD', P .. ':beats', now, member) end
end`,
      },
    ],
  },
  'heartbeats by the clock of the worker, which may be wrong': {
    script: 'beat',
    instead: [{ of: 'local now = nowMs()', put: "local now = nowMs() - (ARGV[1] == 'w2' and 60000 or 0)" }],
  },
  'a watchdog that does not look again before it hands on': {
    script: 'mark-lost',
    instead: [{ of: 'if now - beat < tonumber(ARGV[3]) then', put: 'if false then' }],
  },
  'a watchdog that hands on what was settled meanwhile': {
    script: 'mark-lost',
    instead: [{ of: "if redis.call('HGET', jobKey(id), 'attempt') ~= n then", put: 'if false then' }],
  },
  'a job that BullMQ hands out again is taken from a healthy worker': {
    script: 'claim',
    instead: [{ of: 'if now - beat < tonumber(ARGV[7]) then', put: 'if false then' }],
  },
  'losses without a bound': {
    script: 'lib',
    instead: [{ of: 'losses > maxLosses', put: 'losses > 1000' }],
  },
  'a loss that counts although its worker has cleared it': {
    script: 'lib',
    instead: [{ of: '(cleared and 0 or 1)', put: '1' }],
  },
  'a cancel that is forgotten when the worker is lost': {
    script: 'lib',
    instead: [{ of: 'if f[3] then\n    fate', put: 'if false then\n    fate' }],
  },
  'an attempt that is opened while another one runs': {
    script: 'claim',
    instead: [
      { of: "local isOpen = f[2] ~= '0'", put: 'local isOpen = false' },
      { of: "if state ~= 'queued' and state ~= 'scheduled' then", put: 'if false then' },
    ],
  },
  'a submission that nobody hands to BullMQ when the API dies': {
    script: 'sweep',
    instead: [{ of: "upTo(':outbox', now - tonumber(ARGV[2]))", put: '{}' }],
  },
  'an end that no webhook is told of': {
    script: 'lib',
    instead: [
      { of: 'if f[4] then askHook(id, now) end', put: "if f[4] and state ~= 'cancelled' then askHook(id, now) end" },
    ],
  },
  'a webhook that is told of an end after the job was tried again': {
    script: 'retry',
    instead: [{ of: 'forgetHook(id)', put: '' }],
  },
  'a move that is forgotten as soon as it is asked for': {
    script: 'lib',
    instead: [{ of: "redis.call('ZADD', P .. ':outbox', now, id)", put: '' }],
  },
};

let workbench: Workbench;
beforeAll(async () => {
  workbench = await startWorkbench(MAX_LOSSES);
});
afterAll(() => workbench.stop());

describe('the model finds', () => {
  it.each(Object.entries(MISTAKES))('%s (F94, F98)', async (_, variant) => {
    const run = defineVariant(workbench.bench.raw, variant);
    const { difference } = await runModel(workbench, { run, runs: RUNS, seed: SEED, shrinks: false });
    expect(difference).toMatch(/should/);
  });
});
