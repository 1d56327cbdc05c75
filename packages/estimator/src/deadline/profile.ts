import type { ProfileName } from '@leeway/contract';

/** Factors on the limits of one job: on its learned deadline, and on its windows for first output and silence. */
export interface ProfileFactors {
  margin: number;
  windows: number;
}

/**
 * The field `profile` of a submission moves the limits of that job, and nothing that is learned from it. `speed`: a hang is
 * noticed a quarter sooner, and more healthy runs are ended. `quality`: half as much again, so fewer healthy runs are ended.
 */
export const PROFILE_FACTORS: Readonly<Record<ProfileName, ProfileFactors>> = {
  speed: { margin: 0.75, windows: 0.75 },
  balanced: { margin: 1, windows: 1 },
  quality: { margin: 1.5, windows: 1.5 },
};
