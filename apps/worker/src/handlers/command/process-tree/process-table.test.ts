import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { diesOfTerm, parseStat, readMarker, readProcess, readProcessTable } from './process-table.js';

const LINE =
  '4242 (a) b (c)) S 17 4240 4239 0 -1 4194304 1000 200 0 0 7 5 30 2 20 0 1 0 987654 10000000 500 18446744073709551615';

describe('parseStat', () => {
  it('reads the fields after a name that holds spaces and brackets', () => {
    expect(parseStat(4_242, LINE)).toEqual({
      pid: 4_242,
      ppid: 17,
      group: 4_240,
      session: 4_239,
      alive: true,
      startTicks: 987_654,
      cpuTicks: 44,
    });
  });

  it('counts a zombie as ended', () => {
    expect(parseStat(1, LINE.replace(' S ', ' Z ')).alive).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('the process table', () => {
  it('has an entry for this process', () => {
    const self = readProcessTable()?.find(({ pid }) => pid === process.pid);
    expect(self).toMatchObject({ ppid: process.ppid, alive: true });
    expect(self?.startTicks).toBe(readProcess(process.pid)?.startTicks);
  });

  it('has no entry for a process that has ended', async () => {
    const child = spawn('true');
    await new Promise((resolve) => {
      child.once('exit', resolve);
    });
    expect(readProcess(child.pid ?? 0)).toBeNull();
    expect(readMarker(child.pid ?? 0)).toBe('none');
  });

  it('reads the marker of a process from the environment it was started with', async () => {
    const child = spawn('sleep', ['60'], { env: { OTHER: 'LEEWAY_ATTEMPT=no', LEEWAY_ATTEMPT: 'job.2' } });
    const bare = spawn('sleep', ['60'], { env: {} });
    expect(readMarker(child.pid ?? 0)).toEqual({ attemptId: 'job.2' });
    expect(readMarker(bare.pid ?? 0)).toBe('unknown');
    expect(readMarker(process.pid)).toBe('none');
    child.kill('SIGKILL');
    bare.kill('SIGKILL');
  });
});

describe.runIf(process.platform === 'linux')('diesOfTerm', () => {
  it('is true for a process with the default action for SIGTERM, and false for one that catches or ignores it (F83)', async () => {
    const diesOfTermOf = async (script: string) => {
      const child = spawn('sh', ['-c', script]);
      try {
        await once(child.stdout, 'data');
        return diesOfTerm(child.pid ?? 0);
      } finally {
        child.kill('SIGKILL');
      }
    };
    const busy = 'echo up; while :; do sleep 0.05; done';
    expect(await diesOfTermOf('echo up; exec sleep 60')).toBe(true);
    expect(await diesOfTermOf(`trap 'exit 0' TERM; ${busy}`)).toBe(false);
    expect(await diesOfTermOf(`trap '' TERM; ${busy}`)).toBe(false);
    expect(diesOfTerm(2 ** 30)).toBe(false);
  });
});
