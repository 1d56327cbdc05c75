import { describe, expect, it } from 'vitest';
import { classify } from './job-class.js';

const command = (...argv: string[]) => classify({ kind: 'command', input: { argv } }).name;
const chat = (model: string) => classify({ kind: 'chat', input: { model, messages: [] } }).name;

describe('classify', () => {
  it.each([
    [['git', 'status'], 'command/git/status'],
    [['/usr/bin/git', '-C', '/srv/repo', '--no-pager', 'log', '-5'], 'command/git/log'],
    [['npm', 'run', 'build', '--', '--watch'], 'command/npm/run/build'],
    [['docker', 'compose', 'up', '-d'], 'command/docker/compose/up'],
    [['kubectl', '-n', 'prod', 'get', 'pods'], 'command/kubectl/get'],
    [['redis-cli', '-p', '6379', 'GET', 'key'], 'command/redis-cli/GET'],
    [['node', 'build.js', '--fast'], 'command/node/build.js'],
    [['node', '--import', 'tsx', '/srv/app/task.ts'], 'command/node/task.ts'],
    [['node', '-e', 'setTimeout(() => {}, 200)'], 'command/node/-e'],
    [['bash', '-lc', 'sleep 5; git status'], 'command/bash/-e'],
    [['python3.11', '-m', 'pytest', '-q'], 'command/python/-m/pytest'],
    [['python', 'train.py'], 'command/python/train.py'],
    [['timeout', '-k', '5', '60', 'python3', 'train.py'], 'command/python/train.py'],
    [['env', 'CI=1', 'nice', '-n', '10', 'make', 'test'], 'command/make/test'],
    [['ffmpeg', '-i', 'a.mp4', 'b.webm'], 'command/ffmpeg'],
    [['sleep', '100'], 'command/sleep'],
  ])('classes %j by what it runs (F24, F27)', (argv, name) => {
    expect(command(...argv)).toBe(name);
  });

  it('depends on whole arguments, not on words inside of them: a hyphen is no minus, haiku may be a model (F24)', () => {
    expect(command('claude', '-p', 'someone said: 20 haikus - write 3')).toBe('command/claude');
    expect(command('mkdir', '-p', 'a/b')).toBe('command/mkdir');
    expect(chat('claude-3-haiku-20240307')).toBe('chat/claude-3-haiku');
  });

  it.each([
    ['openai/GPT-4o-2024-08-06', 'chat/gpt-4o'],
    ['gpt-4o', 'chat/gpt-4o'],
    ['gpt-4-0613', 'chat/gpt-4'],
    ['mistral-large-2407', 'chat/mistral-large'],
    ['claude-3-5-sonnet-latest', 'chat/claude-3-5-sonnet'],
    ['claude-3-5-sonnet@20240620', 'chat/claude-3-5-sonnet'],
    ['llama3.1:8b', 'chat/llama3.1%3A8b'],
    ['qwen2.5-72b', 'chat/qwen2.5-72b'],
  ])('takes releases of one model together: %s (F30)', (model, name) => {
    expect(chat(model)).toBe(name);
  });

  it('has no level above kind and executable', () => {
    expect(classify({ kind: 'command', input: { argv: ['git', 'status'] }, label: 'nightly report' })).toEqual({
      name: 'command/git/status/@nightly%20report',
      levels: ['command/git/status/@nightly%20report', 'command/git/status', 'command/git'],
      shared: ['command/git/status', 'command/git'],
    });
  });

  it('separates inline code by label only, so that not every prompt is a class (F28)', () => {
    expect(classify({ kind: 'command', input: { argv: ['node', '-e', 'x()'] }, label: 'a' }).name).toBe(
      'command/node/-e/@a',
    );
    expect(command('node', '-e', 'x()')).toBe(command('node', '-e', 'y()'));
  });

  it("makes the class of a user's kind from its label", () => {
    expect(classify({ kind: 'resize', input: { anything: 1 }, label: 'big' })).toEqual({
      name: 'resize/@big',
      levels: ['resize/@big', 'resize'],
      shared: ['resize'],
    });
    expect(classify({ kind: 'resize', input: null }).levels).toEqual(['resize']);
  });

  it('keeps any name short, and different names different (F28, F190)', () => {
    const long = 'x'.repeat(5_000);
    const name = classify({ kind: 'command', input: { argv: ['node', `${long}a.js`] }, label: `{${long}` }).name;
    expect(name.length).toBeLessThan(250);
    expect(name).not.toMatch(/[{}\s:]/);
    expect(name).not.toBe(
      classify({ kind: 'command', input: { argv: ['node', `${long}b.js`] }, label: `{${long}` }).name,
    );
  });

  it.each([
    [null],
    ['text'],
    [{}],
    [{ argv: 'git' }],
    [{ argv: [] }],
    [{ argv: [''] }],
    [{ argv: ['env'] }],
    [{ argv: ['timeout', '5'] }],
  ])('reads any input without failing: %j', (input) => {
    expect(classify({ kind: 'command', input }).name).toMatch(/^command/);
  });
});
