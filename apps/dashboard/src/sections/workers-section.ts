import { durationText, type WorkerInfo } from '@leeway/contract';
import { badge, type Tone } from '../html/badge.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { agoText } from '../html/figures.js';

const STATES: Record<WorkerInfo['state'], { tone: Tone; meaning: string }> = {
  active: { tone: 'good', meaning: 'Takes new jobs' },
  draining: { tone: 'warn', meaning: 'Shutting down: finishes its jobs and takes no new ones' },
  lost: { tone: 'bad', meaning: 'Without heartbeats: dead, frozen or disconnected. Its jobs are requeued' },
};

export function workersSection(workers: readonly WorkerInfo[], nowMs: number): Markup {
  return table({
    caption: 'Workers',
    columns: columns(nowMs),
    rows: workers,
    key: (worker) => worker.id,
    empty: 'There is no worker, so no job can run.',
  });
}

function columns(nowMs: number): Column<WorkerInfo>[] {
  const since = (iso: string) => nowMs - Date.parse(iso);
  return [
    {
      title: 'Worker',
      meaning: 'Its id, machine and process',
      cell: (worker) =>
        markup`<code>${worker.id}</code><span class="muted">${worker.host}, process ${worker.pid}</span>`,
    },
    { title: 'Kinds', meaning: 'Kinds of jobs that it can run', cell: ({ kinds }) => kinds.join(', ') },
    {
      title: 'Running',
      meaning: 'Attempts that it runs now, and how many it may run at once of each kind',
      numeric: true,
      cell: ({ running, concurrency }) => markup`${running}<span class="of"> of ${concurrency}</span>`,
    },
    {
      title: 'Abandoned',
      meaning: 'Handlers that ignored the signal to stop and still use memory of its process',
      numeric: true,
      cell: ({ abandoned }) => (abandoned === 0 ? '0' : markup`<span class="alarming">${abandoned} !</span>`),
    },
    {
      title: 'Up',
      meaning: 'Time since it started',
      numeric: true,
      cell: ({ startedAt }) => durationText(since(startedAt)),
    },
    {
      title: 'Last seen',
      meaning: 'Time since it last reported to Redis',
      numeric: true,
      cell: ({ lastSeenAt }) => agoText(since(lastSeenAt)),
    },
    {
      title: 'State',
      meaning: 'Whether it takes new jobs',
      cell: ({ state }) => badge(STATES[state].tone, state, STATES[state].meaning),
    },
  ];
}
