import { z } from 'zod';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../format/duration.js';
import { ms, setting, share } from './setting.js';

/** One mode: the time of a job or workflow, and the share of its critical steps. */
export const modeSchema = z.strictObject({
  totalMs: ms(1_000, 24 * HOUR_MS).meta({
    meaning: 'Time of a job or a workflow in this mode, without the wait for a worker',
    unit: 'ms',
  }),
  criticalShare: setting(share(0.05, 0.95), 0.4, {
    meaning: 'Part of the time that the critical steps of a path get together; the other steps share the rest',
    unit: 'share',
    reason: 'As in workflows without a mode',
  }),
});
export type ModePolicy = z.output<typeof modeSchema>;

/** Default modes; a policy file adds modes, or changes these by name. */
const PRESETS: Readonly<Record<string, z.input<typeof modeSchema>>> = {
  fast: { totalMs: MINUTE_MS / 2 },
  deep3: { totalMs: 2 * MINUTE_MS, criticalShare: 0.45 },
  deep6: { totalMs: 2 * MINUTE_MS, criticalShare: 0.35 },
  search: { totalMs: MINUTE_MS },
  search_deep: { totalMs: 2 * MINUTE_MS },
  swebench: { totalMs: 10 * MINUTE_MS, criticalShare: 0.6 },
};

const PERCENT = 100;
const MODE_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

export const modesSchema = z
  .record(z.string().regex(MODE_NAME, 'expected up to 32 lower-case letters, digits, - and _'), modeSchema)
  .default({})
  .describe(
    `Time budgets by name, for the field \`mode\` of a submission. Defaults, which a file can change by name: ${presetList()}`,
  );

/** Default modes with those of the policy file. */
export function withPresets(modes: Readonly<Record<string, ModePolicy>>): Record<string, ModePolicy> {
  const presets = Object.entries(PRESETS).map(([name, preset]) => [name, modeSchema.parse(preset)] as const);
  return { ...Object.fromEntries(presets), ...modes };
}

function presetList(): string {
  return Object.entries(PRESETS)
    .map(
      ([name, { totalMs, criticalShare = 0.4 }]) => `${name} (${totalMs / SECOND_MS} s, ${PERCENT * criticalShare} %)`,
    )
    .join(', ');
}
