import { afterEach, expect, test } from 'vitest';
import { aliveWithMarker, spawnNode, type TestProcess } from './process.js';
import { waitUntil } from './wait-until.js';

let child: TestProcess | undefined;
afterEach(() => child?.end());

test('waitForLine finds lines that were printed before and after the call', async () => {
  child = spawnNode([
    '-e',
    'console.log("first"); setTimeout(() => console.error("second"), 50); setInterval(() => {}, 1e3)',
  ]);
  expect(await child.waitForLine('second')).toBe('second');
  expect(await child.waitForLine('first')).toBe('first');
});

test('waitForLine rejects with the printed lines when the process ends', async () => {
  child = spawnNode(['-e', 'console.log("only this")']);
  await expect(child.waitForLine('something else')).rejects.toThrow(/ended without[^]*only this/);
});

test('end kills the grandchildren too, which a marker in the environment finds until then', async () => {
  const marker = `marker-${process.pid}-${performance.now()}`;
  const grandchild = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3)'], { stdio: 'inherit' })`;
  child = spawnNode(['-e', `${grandchild}; console.log('up')`], { env: { MARKER: marker } });
  await child.waitForLine('up');
  await waitUntil(() => aliveWithMarker(marker).length === 2, { what: 'both processes' });
  await child.end();
  await waitUntil(() => aliveWithMarker(marker).length === 0, { what: 'nobody left' });
});

test('a stopped process stays alive and resumes when it is continued', async () => {
  child = spawnNode(['-e', 'let n = 0; setInterval(() => console.log(`beat ${++n}`), 10)']);
  await child.waitForLine('beat');
  child.stop();
  const state = () =>
    import('node:fs').then((fs) => fs.readFileSync(`/proc/${child?.pid}/stat`, 'utf8').split(') ')[1]?.[0]);
  await waitUntil(async () => (await state()) === 'T', { what: 'the process to stop' });
  expect(child.isRunning()).toBe(true);
  const seen = child.lines.length;
  child.cont();
  await waitUntil(() => (child?.lines.length ?? 0) > seen, { what: 'another beat' });
});

test('term and kill9 resolve with exit code or signal', async () => {
  child = spawnNode([
    '-e',
    'process.on("SIGTERM", () => process.exit(3)); console.log("up"); setInterval(() => {}, 1e3)',
  ]);
  await child.waitForLine('up');
  expect(await child.term()).toEqual({ code: 3, signal: null });
  child = spawnNode(['-e', 'setInterval(() => {}, 1e3)']);
  expect(await child.kill9()).toEqual({ code: null, signal: 'SIGKILL' });
});
