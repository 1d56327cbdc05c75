import { readdirSync, readFileSync } from 'node:fs';

/** A process that carried the marker of an attempt. Times are epoch ms. */
export interface Sighting {
  attempt: string;
  pid: number;
  firstAt: number;
  lastAt: number;
}

export interface ProcessWatch {
  /** Every process seen so far. */
  sightings(): Sighting[];
  /** When this process itself could not look: the whole machine was too busy. */
  stalls(): { from: number; to: number }[];
  stop(): void;
}

const LOOK_EVERY_MS = 150;
/** A look that is this much too late is a stall. */
const STALL_MS = 100;
const MARKER = /(?:^|\0)LEEWAY_ATTEMPT=([^\0]+)/;

/** Looks again and again at every process of this machine for the marker that commands carry. Linux only. */
export function watchProcesses(): ProcessWatch {
  const seen = new Map<string, Sighting>();
  const stalls: { from: number; to: number }[] = [];
  let lastLookAt = Date.now();
  const look = () => {
    const now = Date.now();
    if (now - lastLookAt > LOOK_EVERY_MS + STALL_MS) stalls.push({ from: lastLookAt, to: now });
    lastLookAt = now;
    for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) note(seen, Number(name));
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    sightings: () => [...seen.values()],
    stalls: () => stalls,
    stop: () => clearInterval(timer),
  };
}

function note(seen: Map<string, Sighting>, pid: number): void {
  // Before the reading, so that the process was alive at this time.
  const at = Date.now();
  const attempt = markerOf(pid);
  if (attempt === undefined) return;
  const key = `${attempt} ${pid}`;
  const known = seen.get(key);
  if (known === undefined) seen.set(key, { attempt, pid, firstAt: at, lastAt: at });
  else known.lastAt = at;
}

/** Stopped, a zombie or dead: it does nothing any more. */
const MOTIONLESS = /^\d+ \(.*\) [TtZXx]/s;

/** The attempt of a process that can still do something; a zombie has no environment any more. */
function markerOf(pid: number): string | undefined {
  try {
    const marker = MARKER.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1];
    return marker === undefined || MOTIONLESS.test(readFileSync(`/proc/${pid}/stat`, 'latin1')) ? undefined : marker;
  } catch {
    // It has ended, or belongs to another user.
    return undefined;
  }
}
