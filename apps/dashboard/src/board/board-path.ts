import type { Job, Policy } from '@leeway/contract';
import { queueName } from '@leeway/queue';

export const BOARD_PATH = '/board';

/** The page of a job on Bull Board. */
export function boardJobPath(job: Pick<Job, 'id' | 'kind' | 'input'>, policy: Policy): string {
  return `${BOARD_PATH}/queue/${encodeURIComponent(queueName(job, policy))}/${encodeURIComponent(job.id)}`;
}
