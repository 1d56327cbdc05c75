/** Environment variable of every command: its attempt id. All its descendants inherit it, also those outside of its process group. */
export const ATTEMPT_MARKER = 'LEEWAY_ATTEMPT';
/** Environment variable of every command: its job id. */
export const JOB_MARKER = 'LEEWAY_JOB';

/**
 * The processes of a command that can be ended on this system. `full`: its process group, and those that left it, found by marker,
 * session and parent. `group`: only its process group.
 */
export function treeKill(): 'full' | 'group' {
  return process.platform === 'linux' ? 'full' : 'group';
}

/** Whether `marker` is an attempt of the same job as `attemptId`, with a lower number. */
export function isEarlierAttempt(marker: string, attemptId: string): boolean {
  const [job, number] = splitAttempt(attemptId);
  const [otherJob, otherNumber] = splitAttempt(marker);
  return otherJob === job && otherNumber < number;
}

function splitAttempt(attemptId: string): [job: string, number: number] {
  const dot = attemptId.lastIndexOf('.');
  return [attemptId.slice(0, dot), Number(attemptId.slice(dot + 1))];
}
