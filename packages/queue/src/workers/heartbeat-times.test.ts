import { parsePolicy } from '@leeway/contract';
import { describe, expect, test } from 'vitest';
import { heartbeatTimes } from './heartbeat-times.js';

describe('the times that follow from lostAfterMs', () => {
  test('are 500, 1200 and 200 ms with the default', () => {
    expect(heartbeatTimes(parsePolicy().supervision)).toEqual({
      beatEveryMs: 500,
      leashSilenceMs: 1_200,
      leashPingMs: 200,
    });
  });

  test.each([100, 1_800, 60_000])(
    'allow three missed heartbeats and end commands before the loss, with %d ms',
    (lostAfterMs) => {
      const { beatEveryMs, leashSilenceMs, leashPingMs } = heartbeatTimes({ lostAfterMs });
      expect(3 * beatEveryMs).toBeLessThan(lostAfterMs);
      expect(leashSilenceMs).toBeLessThan(lostAfterMs);
      expect(2 * leashPingMs).toBeLessThan(leashSilenceMs);
    },
  );
});
