import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { classFromName } from '../classify/job-class.js';
import { commandParts } from './command-class.js';
import { classify } from './job-class.js';

/** Many random commands take a while on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const LONGEST_NAME = 300;
const named = (argv: readonly string[]) => ['command', ...commandParts(argv)].join('/');

describe('the class of a command', () => {
  it.each([
    [['ls', '-p'], 'command/ls'],
    [['claude', '-p', 'Is 5-3 = 2? Subtract one from two'], 'command/claude'],
    [['claude', '-p', 'ask someone, anyone or no one'], 'command/claude'],
    [['aider', '--message', 'write 20 haikus'], 'command/aider'],
    [['git', 'commit', '-m', 'npm run build; git push'], 'command/git/commit'],
    [['git', 'log', '--grep', 'status'], 'command/git/log'],
    [['echo', 'git', 'status'], 'command/echo'],
    [['ffmpeg', '-i', 'run.mp4', '-c', 'copy'], 'command/ffmpeg'],
  ])('%j: words inside of arguments are no work (F24)', (argv, name) => {
    expect(named(argv)).toBe(name);
  });

  it.each([
    [['node', '-p', '1-1'], 'command/node/-p'],
    [['node', '--eval=x()'], 'command/node/-e'],
    [['node', '-r', 'dotenv/config', 'dist/main.js'], 'command/node/main.js'],
    [['node', '--max-old-space-size=4096', 'build.js'], 'command/node/build.js'],
    [['python3', '-c', 'import time'], 'command/python/-e'],
    [['python3', '-u', 'train.py', '--epochs', '3'], 'command/python/train.py'],
    [['python', '-m', 'http.server', '8000'], 'command/python/-m/http.server'],
    [['bash', 'deploy.sh', '--all'], 'command/bash/deploy.sh'],
    [['bash', '-x', 'deploy.sh'], 'command/bash/deploy.sh'],
    [['sh', '-c', 'python train.py'], 'command/sh/-e'],
    [['bash', '-euxc', 'make'], 'command/bash/-e'],
    [['bash', '-euo', 'pipefail', '-c', 'cd x && make'], 'command/bash/-e'],
    [['bash', '-eo', 'pipefail', 'deploy.sh'], 'command/bash/deploy.sh'],
    [['php', '-r', 'echo 1;'], 'command/php/-e'],
    [['ruby', '-e', 'puts 1'], 'command/ruby/-e'],
    [['perl', '-ne', 'print'], 'command/perl/-e'],
    [['java', '-Xmx1g', '-jar', '/opt/app.jar'], 'command/java/app.jar'],
    [['deno', 'run', '-A', 'main.ts'], 'command/deno/main.ts'],
    [['node'], 'command/node/stdin'],
    [['python', '-'], 'command/python/stdin'],
  ])('%j: an interpreter goes by its script, code by its executable alone (F24, F28)', (argv, name) => {
    expect(named(argv)).toBe(name);
  });

  it.each([
    [['npm', 'run', 'build'], 'command/npm/run/build'],
    [['npm', 'test'], 'command/npm/test'],
    [['pnpm', '--filter', 'api', 'run', 'docs'], 'command/pnpm/run/docs'],
    [['git', '--git-dir', '/srv/x.git', 'fetch', '--all'], 'command/git/fetch'],
    [['git', '-c', 'user.name=x', 'commit'], 'command/git/commit'],
    [['git', 'stash', 'pop'], 'command/git/stash/pop'],
    [['git', '--version'], 'command/git'],
    [['git'], 'command/git'],
    [['docker', 'run', '--rm', '-it', 'alpine', 'sleep', '9'], 'command/docker/run/alpine'],
    [['gh', 'pr', 'list'], 'command/gh/pr/list'],
    [['redis-cli', '-h', 'localhost', 'PING'], 'command/redis-cli/PING'],
  ])('%j: a program with sub-commands goes by them (F24, F27)', (argv, name) => {
    expect(named(argv)).toBe(name);
  });

  it.each([
    [['env', 'git', 'status'], 'command/git/status'],
    [['env', '-i', 'PATH=/bin', 'bash', 'x.sh'], 'command/bash/x.sh'],
    [['env', 'A=1', 'B=two words', 'npm', 'run', 'build'], 'command/npm/run/build'],
    [['/usr/bin/env', 'python3', 'train.py'], 'command/python/train.py'],
    [['nice', '-n', '19', 'ionice', '-c', '3', 'tar', 'c', '.'], 'command/tar'],
    [['timeout', '--kill-after', '5', '60', 'curl', 'http://x'], 'command/curl'],
    [['nohup', 'setsid', 'sleep', '5'], 'command/sleep'],
    [['sudo', '-u', 'agent', '--', 'make', 'all'], 'command/make/all'],
    [['env'], 'command/env'],
    [['time', '-p'], 'command/time'],
  ])('%j: what a wrapper starts is the work (F24)', (argv, name) => {
    expect(named(argv)).toBe(name);
  });

  it.each([
    [['./scripts/build.sh'], 'command/build.sh'],
    [['/opt/tools/bin/python3.12', '/srv/jobs/train.py'], 'command/python/train.py'],
    [['C:\\Program Files\\Git\\bin\\git.EXE', 'status'], 'command/git/status'],
    [['C:\\nodejs\\npm.cmd', 'run', 'build'], 'command/npm/run/build'],
    [['node20', 'main.js'], 'command/node/main.js'],
  ])('%j: where a program lies and which release it is makes no class (F24, F30)', (argv, name) => {
    expect(named(argv)).toBe(name);
  });

  it('has for any arguments a name that is short, safe in a key, and read back as the same class (F28)', () => {
    const word = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '',
        '-',
        '--',
        '-c',
        '-m',
        'env',
        'node',
        'git',
        'run',
        'timeout',
        'x'.repeat(10_000),
        'ü/ß',
        '🦔',
        '../../..',
        'a b',
        '{x}',
        '~',
        '@label',
      ),
    );
    const label = fc.option(fc.string(), { nil: null });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), label, (argv, given) => {
        const jobClass = classify({ kind: 'command', input: { argv }, label: given });
        expect(jobClass.name.length).toBeLessThanOrEqual(LONGEST_NAME);
        expect(jobClass.name).not.toMatch(/[\s{}:|]/);
        expect(jobClass.name.split('/')).not.toContain('');
        expect(jobClass.levels[0]).toBe(jobClass.name);
        for (const level of jobClass.levels)
          expect(level.split('/').slice(0, 2)).toEqual(jobClass.levels.at(-1)?.split('/').slice(0, 2));
        expect(classFromName(jobClass.name).name).toBe(jobClass.name);
      }),
      { numRuns: 150 },
    );
  });

  it.each([[undefined], [null], [5], [{}], [{ argv: [] }], [{ argv: 'ls' }], [{ argv: [1, 2] }], [{ argv: [''] }]])(
    'is that of the kind alone for an input that is no command: %j (F25)',
    (input) => {
      const { name, levels } = classify({ kind: 'command', input });
      expect(name.startsWith('command')).toBe(true);
      expect(levels.length).toBeGreaterThan(0);
    },
  );
});
