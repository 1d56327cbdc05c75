import { z } from 'zod';
import { factor, setting } from './setting.js';

/** What a caller prefers for one job: an early end of what hangs, or room for what is slow. */
export const PROFILES = ['speed', 'balanced', 'quality'] as const;
export type ProfileName = (typeof PROFILES)[number];

interface ProfileDefaults {
  margin: number;
  windows: number;
  why: string;
}

function profile({ margin, windows, why }: ProfileDefaults) {
  return z
    .strictObject({
      margin: setting(factor(0.25, 4), margin, {
        meaning: 'The learned deadline of such a job is this many times that of others',
        unit: 'factor',
        reason: why,
      }),
      windows: setting(factor(0.25, 4), windows, {
        meaning: 'Its windows for first output and silence are this many times those of others',
        unit: 'factor',
        reason: why,
      }),
    })
    .prefault({});
}

/** The field `profile` of a submission: it moves the limits of that job, and nothing that is learned from it. */
export const profilesSchema = z
  .strictObject({
    speed: profile({
      margin: 0.75,
      windows: 0.75,
      why: 'A hang is noticed a quarter sooner; more healthy runs are ended',
    }),
    balanced: profile({
      margin: 1,
      windows: 1,
      why: 'What was measured, as it is; also where a submission names none',
    }),
    quality: profile({ margin: 1.5, windows: 1.5, why: 'Half as much again: fewer healthy runs are ended' }),
  })
  .prefault({});
