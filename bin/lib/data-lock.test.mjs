import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identify, lockData } from './data-lock.mjs';

let folder;
let file;
let children;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-lock-'));
  file = join(folder, 'start.lock');
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const lock = () => lockData(folder, () => {});
const holder = () => JSON.parse(readFileSync(file, 'utf8')).start.pid;

/** A process that only stays alive. */
function sleeper() {
  const child = spawn('sleep', ['600']);
  children.push(child);
  return child;
}

const writeLock = (content) => writeFileSync(file, JSON.stringify(content));

test('a second start on the same folder is refused with the process id of the first', async () => {
  const { pid } = sleeper();
  writeLock({ start: identify(pid) });
  await expect(lock()).rejects.toThrow(new RegExp(`process ${pid}\\) is using ${folder}[^]*LEEWAY_DATA=`));
});

test('a released folder can be locked again', async () => {
  const first = await lock();
  first.release();
  await lock();
  expect(holder()).toBe(process.pid);
});

test('the lock of a process that has ended is taken over', async () => {
  const child = sleeper();
  writeLock({ start: identify(child.pid) });
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  await lock();
  expect(holder()).toBe(process.pid);
});

test('a lock whose process id now belongs to another process is taken over', async () => {
  writeLock({ start: { pid: process.pid, startedAt: '1' } });
  await lock();
  expect(holder()).toBe(process.pid);
});

test('a lock file that was written only in part is taken over', async () => {
  writeFileSync(file, '{"start":{"pi');
  await lock();
  expect(holder()).toBe(process.pid);
});

test('the lock of a killed start is taken over only when its guard has ended', async () => {
  const guard = sleeper();
  writeLock({ start: { pid: process.pid, startedAt: '1' }, guard: identify(guard.pid) });
  const notes = [];
  await lockData(folder, (text) => {
    notes.push(text);
    guard.kill('SIGKILL');
  });
  expect(notes[0]).toContain('a killed start');
  expect(holder()).toBe(process.pid);
});
