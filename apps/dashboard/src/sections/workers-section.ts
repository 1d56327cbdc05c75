import { durationText, type WorkerInfo } from '@leeway/contract';
import { badge, type Tone } from '../html/badge.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { agoText } from '../html/figures.js';

const STATES: Record<WorkerInfo['state'], { tone: Tone; meaning: string }> = {
  active: { tone: 'good', meaning: 'Takes jobs' },
  draining: { tone: 'warn', meaning: 'Was told to stop: finishes what it has and takes nothing new' },
  lost: { tone: 'bad', meaning: 'Has not been heard of: dead, frozen or cut off; its jobs are given to others' },
};

export function workersSection(workers: readonly WorkerInfo[], nowMs: number): Markup {
  return table({
    caption: 'Workers',
    columns: columns(nowMs),
    rows: workers,
    key: (worker) => worker.id,
    empty: 'No worker is there, so nothing can run.',
  });
}

function columns(nowMs: number): Column<WorkerInfo>[] {
  const since = (iso: string) => nowMs - Date.parse(iso);
  return [
    {
      title: 'Worker',
      meaning: 'Its id, and the process on its machine',
      cell: (worker) =>
        markup`<code>${worker.id}</code><span class="muted">${worker.host}, process ${worker.pid}</span>`,
    },
    { title: 'Kinds', meaning: 'The kinds of jobs it has a handler for', cell: ({ kinds }) => kinds.join(', ') },
    {
      title: 'Running',
      meaning: 'Attempts it runs now, of how many it may run at once for each kind',
      numeric: true,
      cell: ({ running, concurrency }) => markup`${running}<span class="of"> of ${concurrency}</span>`,
    },
    {
      title: 'Abandoned',
      meaning: 'Handlers in its process that ignored the signal to stop and still hold memory',
      numeric: true,
      cell: ({ abandoned }) => (abandoned === 0 ? '0' : markup`<span class="alarming">${abandoned} !</span>`),
    },
    {
      title: 'Up',
      meaning: 'Since it started',
      numeric: true,
      cell: ({ startedAt }) => durationText(since(startedAt)),
    },
    {
      title: 'Last seen',
      meaning: 'When it last wrote to Redis',
      numeric: true,
      cell: ({ lastSeenAt }) => agoText(since(lastSeenAt)),
    },
    {
      title: 'State',
      meaning: 'Whether it takes jobs',
      cell: ({ state }) => badge(STATES[state].tone, state, STATES[state].meaning),
    },
  ];
}
