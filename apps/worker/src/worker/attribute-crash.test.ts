import type { AttemptId } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { attributeCrash } from './attribute-crash.js';

const [command, spinner, other] = ['c.1', 's.1', 'o.2'] as AttemptId[] as [AttemptId, AttemptId, AttemptId];
const open = [command, spinner, other];

describe('the loss of a worker that dies of its main loop (F94)', () => {
  it('counts for the attempt whose code did it', () => {
    const inProcess = new Set([spinner, other]);
    expect(attributeCrash({ open, inProcess, abandoned: 0, culprit: spinner })).toEqual({
      suspects: [spinner],
      cleared: [command, other],
    });
  });

  it('counts for every attempt on the loop, where the culprit is unknown', () => {
    const inProcess = new Set([spinner, other]);
    expect(attributeCrash({ open, inProcess, abandoned: 0, culprit: null })).toEqual({
      suspects: [spinner, other],
      cleared: [command],
    });
  });

  it('counts for no open attempt, where an abandoned handler did it', () => {
    expect(attributeCrash({ open, inProcess: new Set(), abandoned: 1, culprit: null })).toEqual({
      suspects: [],
      cleared: open,
    });
    expect(
      attributeCrash({ open, inProcess: new Set(), abandoned: 1, culprit: 'gone.1' as AttemptId }).cleared,
    ).toEqual(open);
  });

  it('counts for every attempt, where no user code runs on the loop: a job that kills its workers has to end', () => {
    expect(attributeCrash({ open, inProcess: new Set(), abandoned: 0, culprit: null })).toEqual({
      suspects: open,
      cleared: [],
    });
  });
});
