import { describe, expect, it } from 'vitest';
import { workTitle } from './work-title.js';

describe('the title of a job', () => {
  it.each([
    [{ kind: 'command', input: { argv: ['git', 'log', '--oneline'] } }, 'git log --oneline'],
    [{ kind: 'command', input: { argv: ['node', '-e', 'a b', ''] } }, "node -e 'a b' ''"],
    [{ kind: 'command', input: { argv: ['echo', "it's"] } }, String.raw`echo 'it'\''s'`],
    [{ kind: 'command', input: { argv: ['node', '-e', 'a();\n\n  b();'] } }, "node -e 'a(); b();'"],
    [{ kind: 'chat', input: { model: 'small' } }, 'chat with small'],
    [{ kind: 'workflow', input: { steps: [{ name: 'plan' }, { name: 'write' }] } }, 'workflow: plan, write'],
    [{ kind: 'report', input: null }, 'report'],
    [{ kind: 'report', input: 'text' }, 'report'],
  ])('of %j is %j', (job, title) => {
    expect(workTitle(job)).toBe(title);
  });

  it('is cut to 120 characters, and no character in two', () => {
    const title = workTitle({ kind: 'command', input: { argv: ['echo', '😀'.repeat(500)] } });
    expect([...title]).toHaveLength(120);
    expect(title.endsWith('😀…')).toBe(true);
  });
});
