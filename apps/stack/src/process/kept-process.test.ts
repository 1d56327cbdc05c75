import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeptProcess, type KeptProcessOptions } from './kept-process.js';

const POLL = { timeout: 10_000 };
const STAYS = 'console.log("ready"); setInterval(() => {}, 1e3);';

let kept: KeptProcess | undefined;
/** What the process printed and what was announced, in order. */
let lines: string[];
/** Process ids that the guard would end. */
let guarded: Set<number>;
beforeEach(() => {
  lines = [];
  guarded = new Set();
});
afterEach(() => kept?.stop(AbortSignal.abort()));

function keep(script: string, options: Partial<KeptProcessOptions> = {}): KeptProcess {
  kept = new KeptProcess({
    name: 'it',
    launch: () => spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] }),
    isReady: (_child, watch) => watch.waitFor((line) => line === 'ready'),
    guard: { add: (pid) => void guarded.add(pid), remove: (pid) => void guarded.delete(pid) },
    onLine: (line) => void lines.push(line),
    announce: (text) => void lines.push(text),
    ...options,
  });
  return kept;
}

const printed = (text: string) => expect.poll(() => lines.join('\n'), POLL).toContain(text);
const firstGuarded = () => [...guarded][0] ?? 0;

describe('a kept process', () => {
  it('that ends before it is ready is not started again, and its lines are shown', async () => {
    const failing = keep('console.error("no such policy"); process.exit(3)');
    await expect(failing.start()).rejects.toThrow('it ended (code 3)');
    expect(lines).toEqual(['no such policy']);
    expect(failing.isRunning).toBe(false);
  });

  it('that cannot be started is reported with the reason', async () => {
    const missing = keep('', { launch: () => spawn('/nowhere/program', { stdio: ['ignore', 'pipe', 'pipe'] }) });
    await expect(missing.start()).rejects.toThrow('ENOENT');
  });

  it('that ends later is started again, with an announcement', async () => {
    await keep(STAYS).start();
    const first = firstGuarded();
    process.kill(first, 'SIGKILL');
    await printed('it ended (SIGKILL); starting it again in 0.5 s');
    await expect.poll(() => lines.filter((line) => line === 'ready').length, POLL).toBe(2);
    expect([...guarded]).toHaveLength(1);
    expect(guarded.has(first)).toBe(false);
  });

  it('that ends again and again is started after growing pauses', async () => {
    await keep('console.log("ready"); setTimeout(() => process.exit(1), 100);', { healthyAfterMs: 60_000 }).start();
    await printed('starting it again in 0.5 s');
    await printed('starting it again in 1 s');
  });

  it('that was healthy before it ended is started after the first pause again', async () => {
    await keep('console.log("ready"); setTimeout(() => process.exit(1), 100);', { healthyAfterMs: 50 }).start();
    const restarts = () => lines.filter((line) => line.includes('starting it again'));
    await expect.poll(() => restarts().length, POLL).toBe(2);
    expect(new Set(restarts())).toEqual(new Set(['it ended (code 1); starting it again in 0.5 s']));
  });

  it('stays stopped after stop, which may be called twice, and leaves the list of the guard', async () => {
    const process = keep(STAYS);
    await process.start();
    await process.stop();
    await process.stop();
    expect(process.isRunning).toBe(false);
    expect(guarded.size).toBe(0);
  });

  it('is not started again when stop is called during the pause', async () => {
    const stopped = keep(STAYS);
    await stopped.start();
    process.kill(firstGuarded(), 'SIGKILL');
    await printed('starting it again');
    await stopped.stop();
    expect(stopped.isRunning).toBe(false);
  });

  it('that is stopped before it is ready ends its start without an error', async () => {
    const slow = keep('setInterval(() => {}, 1e3);');
    const starting = slow.start();
    await slow.stop();
    await starting;
    expect(slow.wasReady).toBe(false);
  });

  it(
    'that ignores SIGTERM is killed together with its children when the signal fires',
    { timeout: 15_000 },
    async () => {
      const child = `require('child_process').spawn('sleep', ['600'], { stdio: 'inherit' }).pid`;
      const stubborn = keep(`console.log(${child}); process.on('SIGTERM', () => {}); ${STAYS}`);
      await stubborn.start();
      const pid = Number(lines[0]);
      const timeIsUp = new AbortController();
      const stopped = stubborn.stop(timeIsUp.signal);
      expect(stubborn.isRunning).toBe(true);
      timeIsUp.abort();
      await stopped;
      await expect.poll(() => isAlive(pid), POLL).toBe(false);
      expect(lines).toContain('it is still running; killing it');
    },
  );
});

/** A zombie, which no process may collect in a container, counts as ended. */
function isAlive(pid: number): boolean {
  try {
    const isZombie = process.platform === 'linux' && /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return process.kill(pid, 0) && !isZombie;
  } catch {
    return false;
  }
}
