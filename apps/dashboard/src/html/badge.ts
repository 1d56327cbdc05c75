import type { JobState } from '@leeway/contract';
import { markup, type Markup } from './markup.js';

/** Each tone has its own colour and its own sign, for people who cannot distinguish the colours. */
export type Tone = 'good' | 'calm' | 'warn' | 'bad' | 'quiet';

const SIGNS: Record<Tone, string> = { good: '✓', calm: '▸', warn: '!', bad: '✕', quiet: '·' };

export function badge(tone: Tone, text: string, meaning: string): Markup {
  return markup`<span class="badge ${tone}" title="${meaning}"><span class="sign" aria-hidden="true">${SIGNS[tone]}</span>${text}</span>`;
}

const STATES: Record<JobState, { tone: Tone; meaning: string }> = {
  scheduled: { tone: 'quiet', meaning: 'Waiting for its start time: after a delay, or before a retry' },
  queued: { tone: 'quiet', meaning: 'Waiting for a worker' },
  running: { tone: 'calm', meaning: 'A worker is running it' },
  paused: { tone: 'warn', meaning: 'Kept from starting, or its process is suspended; its time limits are paused' },
  succeeded: { tone: 'good', meaning: 'Ended with a result' },
  failed: { tone: 'bad', meaning: 'Ended without a result' },
  cancelled: { tone: 'quiet', meaning: 'Somebody cancelled it' },
};

export function stateBadge(state: JobState): Markup {
  return badge(STATES[state].tone, state, STATES[state].meaning);
}
