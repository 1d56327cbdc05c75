import { z } from 'zod';
import { HOUR_MS, MINUTE_MS } from '../format/duration.js';
import { factor, ms, setting } from './setting.js';

/** `off`: the stream is not read. `watch`: findings are shown. `act`: findings also extend deadlines, shorten the idle window, and end attempts. */
export const MONITOR_MODES = ['off', 'watch', 'act'] as const;
export type MonitorMode = (typeof MONITOR_MODES)[number];

export const MONITORED_KINDS: Readonly<Record<string, MonitorMode>> = {
  chat: 'act',
  'command.stream-json': 'act',
  command: 'watch',
  '*': 'watch',
};

/** Monitoring of the stream of a running attempt. Its findings are a guess from the text. */
export const monitorPolicySchema = z.strictObject({
  enabled: setting(z.boolean(), true, {
    meaning: 'False: no stream is read. For one job "monitor": false does the same',
    unit: 'yes or no',
    reason: 'Reading costs little and shows what an attempt is doing',
  }),
  kinds: setting(z.record(z.string(), z.enum(MONITOR_MODES)), MONITORED_KINDS, {
    meaning:
      'Effect by kind: "off", "watch" (only shown) or "act" (extends deadlines, shortens silence, ends attempts that go in circles). "command.stream-json": commands of that format. "*": handlers of your own. Kinds that are left out keep their default',
    unit: 'mode by kind',
    reason:
      'Models and agents loop; logs, progress bars and test output repeat themselves in good health, so they are only watched',
  }),
  patienceMs: setting(ms(1_000, 24 * HOUR_MS), MINUTE_MS, {
    meaning:
      'Text that goes in circles for this long ends the attempt with the cause stuck, where the kind may act; twice as long in the attempt after that',
    unit: 'ms',
    reason: 'A wrong stop is worse than a late one, and an answer seldom takes as long',
  }),
  toolPatienceMs: setting(ms(1_000, 24 * HOUR_MS), 5 * MINUTE_MS, {
    meaning: 'Tool calls that go in circles for this long end the attempt with the cause stuck, where the kind may act',
    unit: 'ms',
    reason: 'Polling for something that takes minutes looks the same and is healthy',
  }),
  extendFactor: setting(factor(1, 10), 2, {
    meaning:
      'Extensions for something new make a deadline at most this many times as long, in steps of a quarter; 1: none. The hard cap applies as well',
    unit: 'factor',
    reason: 'Beyond twice the learned deadline even new output is seldom worth more time',
  }),
});
export type MonitorPolicy = z.output<typeof monitorPolicySchema>;
