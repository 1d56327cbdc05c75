import { readFileSync } from 'node:fs';
import { leastToStartMs, parsePolicy, parseSubmission } from '@leeway/contract';
import { describe, expect, it, test } from 'vitest';
import { OVERDRAW, stepBudget } from './step-budget.js';
import { type SharedStep, stepShares, type StepShare } from './step-shares.js';

const page = readFileSync(new URL('../../../../docs/budgets.md', import.meta.url), 'utf8');
const policy = parsePolicy({ providers: { local: { baseUrl: 'http://127.0.0.1:1/v1' } } });
const SECOND_MS = 1_000;
const TOTAL_MS = 90 * SECOND_MS;
const PERCENT = 100;

const steps: SharedStep[] = [
  { name: 'plan' },
  { name: 'search', needs: ['plan'] },
  { name: 'read', needs: ['plan'] },
  { name: 'write', needs: ['search', 'read'], critical: true },
];
const shares = new Map(stepShares(steps, policy.workflows.criticalShare).map((share, i) => [steps[i]?.name, share]));
const shareOf = (name: string) => shares.get(name) as StepShare;
const seconds = (ms: number) => Number((ms / SECOND_MS).toFixed(1));
const rowsOf = (cells: RegExp) => [...page.matchAll(cells)].map(([, ...values]) => values as string[]);

describe('docs/budgets.md', () => {
  const planned = rowsOf(/^\| `(\w+)` \| .* \| (\d+) % \| ([\d.]+) s \| ([\d.]+) s \|$/gm);
  const happened = rowsOf(/^\| (.*`plan`.*|as planned) \| ([\d.]+) s \| ([\d.]+) s \| ([\d.]+) s \|$/gm);
  const modes = rowsOf(/^\| `(\w+)` \| (\d+) s \| (\d+) % \|$/gm);

  it('has a row for every case of this test', () => {
    expect(planned.map(([name]) => name)).toEqual(steps.map(({ name }) => name));
    expect(happened).toHaveLength(4);
  });

  test.each(planned)('gives the step %s its share (F100, F101)', (name, percent, left, gets) => {
    expect(Math.round(PERCENT * shareOf(name as string).share)).toBe(Number(percent));
    const budget = stepBudget(SECOND_MS * Number(left), shareOf(name as string), policy.workflows);
    expect(seconds(budget.allocationMs)).toBe(Number(gets));
  });

  test.each(happened)('%s: %s s are left (F102, F103)', (_, left, search, write) => {
    const leftMs = SECOND_MS * Number(left);
    const { allocationMs } = stepBudget(leftMs, shareOf('search'), policy.workflows);
    expect(seconds(allocationMs)).toBe(Number(search));
    expect(seconds(stepBudget(leftMs - allocationMs, shareOf('write'), policy.workflows).allocationMs)).toBe(
      Number(write),
    );
  });

  it('has the largest factor by which a step may exceed its share', () => {
    const { mostMs } = stepBudget(TOTAL_MS, shareOf('plan'), policy.workflows);
    expect(page.replaceAll('\n', ' ')).toContain(`is ended after ${seconds(mostMs)} s at the latest`);
    expect(page.replaceAll('\n', ' ')).toContain(`by then ${seconds(TOTAL_MS - mostMs)} s are left`);
    expect(seconds(15 * SECOND_MS * shareOf('search').ofRest)).toBe(6.4);
  });

  it('lists the default modes (F31)', () => {
    expect(modes.map(([name, total, share]) => [name, SECOND_MS * Number(total), Number(share) / PERCENT])).toEqual(
      Object.entries(policy.modes).map(([name, mode]) => [name, mode.totalMs, mode.criticalShare]),
    );
  });

  it('has examples of a workflow and a policy that are accepted', () => {
    const workflow = JSON.parse(/```json\n(\{.*?\n\})\n```/s.exec(page)?.[1] ?? '') as unknown;
    const kinds = ['command', 'chat', 'workflow'];
    expect(() => parseSubmission(workflow, { policy, kinds })).not.toThrow();
    const example = JSON.parse(/^ {4}(\{ "modes.*\})$/m.exec(page)?.[1] ?? '') as unknown;
    expect(parsePolicy(example).modes['nightly']?.totalMs).toBe(3_600_000);
    const { minStepMs } = policy.workflows;
    expect([minStepMs, leastToStartMs(policy.workflows), OVERDRAW]).toEqual([10_000, 5_000, 2]);
  });
});
