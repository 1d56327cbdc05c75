import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FINAL_STATES, isFinal, JOB_STATES, TRANSITIONS } from './state.js';

const architecture = readFileSync(new URL('../../../../ARCHITECTURE.md', import.meta.url), 'utf8');
const documented = Array.from(
  architecture.matchAll(/^ {2}(\[\*\]|\w+) --> (\w+): (.*)$/gm),
  ([, from, to]) => `${from === '[*]' ? 'none' : from} -> ${to}`,
);

it('ARCHITECTURE.md has exactly the transitions of the code', () => {
  expect(documented.toSorted()).toEqual(TRANSITIONS.map(({ from, to }) => `${from} -> ${to}`).toSorted());
});

it('every state can be reached, and every state that is not final can be left', () => {
  for (const state of JOB_STATES) expect(TRANSITIONS.some(({ to }) => to === state)).toBe(true);
  for (const state of JOB_STATES) expect(isFinal(state) || TRANSITIONS.some(({ from }) => from === state)).toBe(true);
  expect(FINAL_STATES.every(isFinal)).toBe(true);
});
