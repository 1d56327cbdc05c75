import { readdir, readFile } from 'node:fs/promises';

/** Pids of this machine's processes that have `text` in their command line or environment; undefined where there is no /proc. */
export async function processesWith(text: string, where: 'cmdline' | 'environ'): Promise<number[] | undefined> {
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
