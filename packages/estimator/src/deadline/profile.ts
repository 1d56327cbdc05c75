import type { ProfileName } from '@leeway/contract';

/** Factors on the limits of one job: on its learned deadline, and on its windows for first output and silence. */
export interface ProfileFactors {
  margin: number;
  windows: number;
}

/**
 * The profile changes the limits of the job and nothing in the history of its class. `speed`: a hang ends a quarter sooner,
 * and more healthy runs are ended. `quality`: limits are half as long again, so fewer healthy runs are ended.
 */
export const PROFILE_FACTORS: Readonly<Record<ProfileName, ProfileFactors>> = {
  speed: { margin: 0.75, windows: 0.75 },
  balanced: { margin: 1, windows: 1 },
  quality: { margin: 1.5, windows: 1.5 },
};
