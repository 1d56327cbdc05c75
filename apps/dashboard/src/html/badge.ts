import type { JobState } from '@leeway/contract';
import { markup, type Markup } from './markup.js';

/** Each tone has a colour and a sign of its own, so that nothing depends on seeing colours. */
export type Tone = 'good' | 'calm' | 'warn' | 'bad' | 'quiet';

const SIGNS: Record<Tone, string> = { good: '✓', calm: '▸', warn: '!', bad: '✕', quiet: '·' };

export function badge(tone: Tone, text: string, meaning: string): Markup {
  return markup`<span class="badge ${tone}" title="${meaning}"><span class="sign" aria-hidden="true">${SIGNS[tone]}</span>${text}</span>`;
}

const STATES: Record<JobState, { tone: Tone; meaning: string }> = {
  scheduled: { tone: 'quiet', meaning: 'Waits for its time: a delay, or the pause before a retry' },
  queued: { tone: 'quiet', meaning: 'Waits for a worker' },
  running: { tone: 'calm', meaning: 'A worker runs it now' },
  paused: { tone: 'warn', meaning: 'Parked, or its process is stopped; its clocks stand' },
  succeeded: { tone: 'good', meaning: 'Ended with a result' },
  failed: { tone: 'bad', meaning: 'Ended without a result' },
  cancelled: { tone: 'quiet', meaning: 'Somebody cancelled it' },
};

export function stateBadge(state: JobState): Markup {
  return badge(STATES[state].tone, state, STATES[state].meaning);
}
