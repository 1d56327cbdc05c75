import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the system may take to remove the last process of something that was ended. */
const LEFT_LIMIT_MS = 5_000;
const LOOK_EVERY_MS = 100;

/** How many processes with `text` are left when those on their way out are gone; undefined where there is no /proc. */
export async function processesLeft(text: string, where: 'cmdline' | 'environ'): Promise<number | undefined> {
  const giveUpAt = performance.now() + LEFT_LIMIT_MS;
  for (;;) {
    const left = await processesWith(text, where);
    if (left === undefined || left.length === 0 || performance.now() >= giveUpAt) return left?.length;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Pids, other than our own. */
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

/** Empty for a process that is gone, is a zombie, or belongs to somebody else. */
function contentOf(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
}
