import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './refusal.mjs';

/** Time for the guard of a killed start to end its processes, and a margin. */
const GUARD_LIMIT_MS = 20_000;
const CHECK_EVERY_MS = 100;

/**
 * Locks the data folder for this process. Throws a Refusal while another start holds the lock. After a start that was
 * killed it waits for that start's guard, which is still ending the processes that use the data.
 */
export async function lockData(folder, note) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'start.lock');
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(file, describe({}), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST' || tries > 0) throw unusable(folder, error);
      await clearStale(file, { folder, note });
    }
  }
  return {
    /** Stores the guard's process id: the next start waits for it if this one is killed. */
    setGuard: (pid) => writeFileSync(file, describe({ guard: identify(pid) })),
    release: () => rmSync(file, { force: true }),
  };
}

function describe(more) {
  return JSON.stringify({ start: identify(process.pid), ...more });
}

async function clearStale(file, { folder, note }) {
  const { start, guard } = readLock(file);
  if (isAlive(start)) throw new Refusal(inUse(folder, start.pid));
  const giveUpAt = performance.now() + GUARD_LIMIT_MS;
  while (isAlive(guard) && performance.now() < giveUpAt) {
    note('waiting for the processes of a killed start to end');
    await sleep(CHECK_EVERY_MS);
  }
  rmSync(file, { force: true });
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Its process was killed while it wrote the file.
    return {};
  }
}

function inUse(folder, pid) {
  return [
    `Another \`npm start\` (process ${pid}) is using ${folder}.`,
    'Stop that one first, or give this one data and ports of its own:',
    '  LEEWAY_DATA=.leeway-2 PORT=3100 DASHBOARD_PORT=3101 npm start',
  ].join('\n');
}

function unusable(folder, error) {
  return new Refusal(`The data folder ${folder} cannot be used: ${error.message}. Set LEEWAY_DATA to another one.`);
}

/** A process by its id and, where /proc exists, its start time: ids are reused. */
export function identify(pid) {
  return { pid, startedAt: startTime(pid) };
}

function isAlive(who) {
  if (who === undefined) return false;
  try {
    process.kill(who.pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return startTime(who.pid) === who.startedAt;
}

/** Field 22 of /proc/<pid>/stat; null where there is no /proc. Field 2 can contain blanks and brackets. */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie counts as ended: it holds neither ports nor files.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return null;
  }
}
