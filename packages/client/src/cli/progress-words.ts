import type { ProgressReport } from '@leeway/contract';
import { showDuration } from './duration.js';
import { printable } from './printable.js';

/** What the newest report of progress adds to the pace of an attempt: percent, phase, and why nothing is to be seen. */
export function progressWords({ percent, percentIs, phase, notice }: ProgressReport): string[] {
  return [
    percent === null ? '' : `${percent} %${percentIs === 'estimated' ? ' (estimated)' : ''}`,
    phase === null ? '' : `phase ${phase.number} of ${phase.of}: ${printable(phase.name)}`,
    notice === null ? '' : `${NOTICES[notice.what]} for ${showDuration(notice.forMs)}`,
  ].filter((words) => words !== '');
}

const NOTICES: Record<NonNullable<ProgressReport['notice']>['what'], string> = {
  thinking: 'thinking',
  tool: 'a tool runs',
  silent: 'silent',
  waiting: 'waiting for a person',
};
