import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time for processes that are ending to disappear on a busy machine. */
const LEFT_LIMIT_MS = 30_000;
const CHECK_EVERY_MS = 100;

/** Number of processes with `text` that do not end by themselves; undefined where there is no /proc. */
export async function processesLeft(text: string, where: 'cmdline' | 'environ'): Promise<number | undefined> {
  const giveUpAt = performance.now() + LEFT_LIMIT_MS;
  for (;;) {
    const left = await processesWith(text, where);
    if (left === undefined || left.length === 0 || performance.now() >= giveUpAt) return left?.length;
    await sleep(CHECK_EVERY_MS);
  }
}

/** Ids of other processes. */
async function processesWith(text: string, where: 'cmdline' | 'environ'): Promise<number[] | undefined> {
  const names = await readdir('/proc').catch(() => undefined);
  if (names === undefined) return undefined;
  const pids = names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
  const found = await Promise.all(pids.map(async (pid) => ((await contentOf(pid, where)).includes(text) ? [pid] : [])));
  return found.flat();
}

/** Empty for a process that has ended, is a zombie, or belongs to another user. */
function contentOf(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
}
