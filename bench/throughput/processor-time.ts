import { readFileSync } from 'node:fs';

/** Ticks of a second in /proc, as every Linux has them. */
const TICKS_PER_S = 100;
const US_PER_S = 1_000_000;

/** Processor time that a process has used so far, in microseconds, in steps of 10 ms. */
export function processorTimeUs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program may contain anything; the fields begin after its closing bracket.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  return ((userTicks + systemTicks) / TICKS_PER_S) * US_PER_S;
}

/** Resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib ?? 0) / 1_024;
}

/** What several processes use while `work` runs, in microseconds each. */
export async function usedBy<T>(
  pids: Readonly<Record<string, number>>,
  work: () => Promise<T>,
): Promise<{ result: T; usedUs: Record<string, number> }> {
  const before = Object.entries(pids).map(([name, pid]) => [name, pid, processorTimeUs(pid)] as const);
  const result = await work();
  return { result, usedUs: Object.fromEntries(before.map(([name, pid, us]) => [name, processorTimeUs(pid) - us])) };
}
