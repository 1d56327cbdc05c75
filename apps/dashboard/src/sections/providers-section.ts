import { durationText, type CircuitState, type ProviderState } from '@leeway/contract';
import { badge, type Tone } from '../html/badge.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { clockTime } from '../html/time-text.js';

const STATES: Record<CircuitState, { tone: Tone; text: string; meaning: string }> = {
  closed: { tone: 'good', text: 'takes calls', meaning: 'Calls go through' },
  held: { tone: 'warn', text: 'held', meaning: 'It asked to wait; nothing new is sent until then' },
  open: { tone: 'bad', text: 'open', meaning: 'Too many calls failed, so none is made; then one job tries' },
  half_open: {
    tone: 'warn',
    text: 'half open',
    meaning: 'One job tries whether it is back; the others follow if it is',
  },
  parked: { tone: 'bad', text: 'parked', meaning: 'Its usage limit is reached; its jobs wait for the reset' },
};

/** Nothing where the policy names no provider. */
export function providersSection(providers: readonly ProviderState[], nowMs: number): Markup {
  if (providers.length === 0) return markup``;
  return markup`<h2>Model providers</h2>${table({
    caption: 'Model providers',
    columns: columns(nowMs),
    rows: providers,
    key: ({ name }) => name,
    empty: '',
  })}`;
}

function columns(nowMs: number): Column<ProviderState>[] {
  return [
    {
      title: 'Provider',
      meaning: 'Its name in the policy',
      cell: ({ name }) => markup`<code>${name}</code>`,
    },
    {
      title: 'Waiting',
      meaning: 'Jobs that wait for a place there',
      numeric: true,
      cell: ({ waiting }) => String(waiting),
    },
    {
      title: 'Answered',
      meaning: 'Calls that were answered to the end',
      numeric: true,
      cell: ({ calls }) => String(calls.answered),
    },
    {
      title: 'Failed',
      meaning: 'Calls that failed, and those that it refused for their number or for a usage limit',
      numeric: true,
      cell: ({ calls }) =>
        markup`${calls.failed}<span class="of"> and ${calls.rateLimited + calls.usageLimited} refused</span>`,
    },
    { title: 'State', meaning: 'Whether it takes calls', cell: (provider) => stateCell(provider, nowMs) },
  ];
}

function stateCell({ name, state, until, reason }: ProviderState, nowMs: number): Markup {
  const { tone, text, meaning } = STATES[state];
  const when =
    until !== null &&
    markup` until ${clockTime(until)} <span class="muted">in ${durationText(Date.parse(until) - nowMs)}</span>`;
  const why = reason !== null && markup`<span class="muted">${reason}</span>`;
  return markup`${badge(tone, text, meaning)}${when}${why}${state !== 'closed' && resumeForm(name)}`;
}

function resumeForm(name: string): Markup {
  return markup`<form method="post" action="/providers/${encodeURIComponent(name)}/resume"><button title="Its jobs go on at once; if it still says no, it is left alone again">Go on now</button></form>`;
}
