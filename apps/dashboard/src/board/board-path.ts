import type { Job, Policy } from '@leeway/contract';
import { queueName } from '@leeway/queue';

export const BOARD_PATH = '/board';

/** Where Bull Board shows a job. */
export function boardJobPath(job: Pick<Job, 'id' | 'kind' | 'input'>, policy: Policy): string {
  return `${BOARD_PATH}/queue/${encodeURIComponent(queueName(job, policy))}/${encodeURIComponent(job.id)}`;
}
