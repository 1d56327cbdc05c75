import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepRunning } from './keep-running.mjs';

let kept;
let said;
let guarded;
beforeEach(() => {
  said = [];
  guarded = new Set();
});
afterEach(() => kept?.stop('SIGKILL'));

function keep(script, options = {}) {
  kept = keepRunning({
    name: 'it',
    launch: () => spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] }),
    isReady: (_child, lines) => lines.waitFor((line) => line === 'ready'),
    guard: { add: (pid) => guarded.add(pid), remove: (pid) => guarded.delete(pid) },
    onLine: (line) => said.push(line),
    announce: (text) => said.push(text),
    ...options,
  });
  return kept;
}

const STAYS = 'console.log("ready"); setInterval(() => {}, 1e3);';
const saidOf = (text) => expect.poll(() => said.join('\n'), { timeout: 10_000 }).toContain(text);

test('one that ends before it is ready is not started again, and its lines are shown', async () => {
  await expect(keep('console.error("no such policy"); process.exit(3)').ready).rejects.toThrow('it ended (code 3)');
  expect(said).toEqual(['no such policy']);
  expect(kept.isRunning()).toBe(false);
});

test('one that ends later is started again, and it is said', async () => {
  await keep(STAYS).ready;
  const [first] = guarded;
  process.kill(first, 'SIGKILL');
  await saidOf('it ended (SIGKILL); starting it again in 0.5 s');
  await expect.poll(() => said.filter((line) => line === 'ready').length, { timeout: 10_000 }).toBe(2);
  expect([...guarded]).toHaveLength(1);
  expect(guarded.has(first)).toBe(false);
});

test('the pause grows while it ends soon, and is short again once it has run well', async () => {
  const endsAfter = (ms) => `console.log("ready"); setTimeout(() => process.exit(1), ${ms});`;
  await keep(endsAfter(100), { wellAfterMs: 60_000 }).ready;
  await saidOf('starting it again in 1 s');
  await kept.stop();
  said.length = 0;
  await keep(endsAfter(100), { wellAfterMs: 50 }).ready;
  const again = () => said.filter((line) => line.includes('starting it again'));
  await expect.poll(() => again().length, { timeout: 10_000 }).toBe(2);
  expect(new Set(again())).toEqual(new Set(['it ended (code 1); starting it again in 0.5 s']));
});

test('stopped, it stays stopped, and the guard knows of nobody', async () => {
  await keep(STAYS).ready;
  await kept.stop();
  await kept.stop();
  expect(kept.isRunning()).toBe(false);
  expect(guarded.size).toBe(0);
});

test('stopped between two tries, it is not started again', async () => {
  await keep(STAYS).ready;
  process.kill([...guarded][0], 'SIGKILL');
  await saidOf('starting it again');
  await kept.stop();
  expect(kept.isRunning()).toBe(false);
});

test('SIGKILL takes its children along', async () => {
  const child = `require('child_process').spawn('sleep', ['600'], { stdio: 'inherit' }).pid`;
  await keep(`console.log(${child}); ${STAYS}`).ready;
  const pid = Number(said[0]);
  await kept.stop('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
}, 15_000);

/** In a container nobody may take note of the end of an orphan: a zombie is not alive. */
function isAlive(pid) {
  try {
    const isZombie = process.platform === 'linux' && /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return process.kill(pid, 0) && !isZombie;
  } catch {
    return false;
  }
}
