/** Environment variable of every command: its attempt id. Children inherit it, also those that leave the group. */
export const ATTEMPT_MARKER = 'LEEWAY_ATTEMPT';
/** Environment variable of every command: its job id. */
export const JOB_MARKER = 'LEEWAY_JOB';

/**
 * How far the promise "nothing of a command is left" reaches here. `full`: the group, and what escaped it, found by
 * marker, session and parent. `group`: only the process group.
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
