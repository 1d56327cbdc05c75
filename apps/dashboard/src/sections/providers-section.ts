import { durationText, type CircuitState, type ProviderState } from '@leeway/contract';
import { badge, type Tone } from '../html/badge.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { clockTime } from '../html/time-text.js';

export const PROVIDER_STATES: Record<CircuitState, { tone: Tone; text: string; meaning: string }> = {
  closed: { tone: 'good', text: 'takes calls', meaning: 'Calls are made to it' },
  held: { tone: 'warn', text: 'rate limited', meaning: 'It asked for a pause; no new calls are made until then' },
  open: {
    tone: 'bad',
    text: 'failing',
    meaning: 'Too many calls failed, so none is made until then; after that one job makes a trial call',
  },
  half_open: {
    tone: 'warn',
    text: 'on trial',
    meaning: 'One job makes a trial call; the others follow if it succeeds',
  },
  parked: { tone: 'bad', text: 'parked', meaning: 'Its usage limit is reached; its jobs wait until it is reset' },
};

/** Empty where the policy names no provider. */
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
      meaning: 'Jobs that wait for this provider',
      numeric: true,
      cell: ({ waiting }) => String(waiting),
    },
    {
      title: 'Answered',
      meaning: 'Calls with a complete answer',
      numeric: true,
      cell: ({ calls }) => String(calls.answered),
    },
    {
      title: 'Failed',
      meaning: 'Calls that failed, and calls that it refused because of a rate limit or a usage limit',
      numeric: true,
      cell: ({ calls }) =>
        markup`${calls.failed}<span class="of"> and ${calls.rateLimited + calls.usageLimited} refused</span>`,
    },
    { title: 'State', meaning: 'Whether it takes calls', cell: (provider) => stateCell(provider, nowMs) },
  ];
}

function stateCell({ name, state, until, reason }: ProviderState, nowMs: number): Markup {
  const { tone, text, meaning } = PROVIDER_STATES[state];
  const when =
    until !== null &&
    markup` until ${clockTime(until)} <span class="muted">in ${durationText(Date.parse(until) - nowMs)}</span>`;
  const why = reason !== null && markup`<span class="muted">${reason}</span>`;
  return markup`${badge(tone, text, meaning)}${when}${why}${state !== 'closed' && resumeForm(name)}`;
}

function resumeForm(name: string): Markup {
  return markup`<form method="post" action="/providers/${encodeURIComponent(name)}/resume"><button title="Resumes its jobs at once. If it still refuses calls, they are paused again">Resume now</button></form>`;
}
