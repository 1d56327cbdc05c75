import { type SeededRandom, seededRandom } from './seeded-random.js';

/**
 * What the nemesis does to one part of the stack. `slot`: the place of a worker, whichever process fills it.
 *
 * `kill_worker`: SIGKILL, and another one in its place. `replace_worker`: SIGTERM, and another one once it has ended.
 * `stop_worker`: SIGSTOP, SIGCONT after `forMs`. `kill_leash`: SIGKILL to the process that runs its commands.
 * `cut_worker`: its connections to Redis are held (nothing passes, nothing is lost), reset (and new ones refused), or
 * half open (those that exist are dead for ever, and neither side is notified).
 * `kill_redis`, `kill_api`: SIGKILL, started again after `forMs`. `freeze_redis`: SIGSTOP, SIGCONT after `forMs`.
 */
export type Attack =
  | { kind: 'kill_worker' | 'replace_worker' | 'kill_leash'; slot: number }
  | { kind: 'stop_worker'; slot: number; forMs: number }
  | { kind: 'cut_worker'; slot: number; how: CutKind; forMs: number }
  | { kind: 'kill_redis' | 'freeze_redis' | 'kill_api'; forMs: number };
export type CutKind = 'hold' | 'reset' | 'half_open';

/** `atMs` counts from the start of the attack. */
export type PlannedAttack = Attack & { atMs: number };

export interface NemesisOptions {
  seed: number;
  seconds: number;
  workers: number;
}

const PAUSE_MS = { shortest: 150, longest: 1_600 };
const SECOND_MS = 1_000;
/** Below, around and above the silence that leash (1.2 s) and watchdog (1.8 s) tolerate. */
const STOPS_MS = [
  [3, [100, 1_000]],
  [3, [1_000, 2_500]],
  [2, [2_500, 6_000]],
] as const;
const OUTAGE_MS = [
  [3, [50, 800]],
  [2, [800, 2_500]],
  [1, [2_500, 4_000]],
] as const;
const API_AWAY_MS = { shortest: 50, longest: 1_500 };

/** The whole schedule; it depends on the options alone: the same seed attacks the same places at the same times. */
export function planNemesis({ seed, seconds, workers }: NemesisOptions): PlannedAttack[] {
  const random = seededRandom(seed);
  const plan: PlannedAttack[] = [];
  const busyUntilMs = new Map<string, number>();
  for (let atMs = SECOND_MS; ; atMs += random.between(PAUSE_MS.shortest, PAUSE_MS.longest)) {
    if (atMs >= seconds * SECOND_MS) return plan;
    const attack = draw(random, workers);
    const place = placeOf(attack);
    // What is being attacked already is left alone: a frozen process cannot be frozen again.
    if ((busyUntilMs.get(place) ?? 0) > atMs) continue;
    busyUntilMs.set(place, atMs + durationOf(attack));
    plan.push({ atMs, ...attack });
  }
}

function draw(random: SeededRandom, workers: number): Attack {
  const slot = random.between(0, workers - 1);
  const kind = random.pick<Attack['kind']>([
    [6, 'kill_worker'],
    [3, 'replace_worker'],
    [6, 'stop_worker'],
    [4, 'cut_worker'],
    [1, 'kill_leash'],
    [2, 'kill_redis'],
    [2, 'freeze_redis'],
    [2, 'kill_api'],
  ]);
  switch (kind) {
    case 'kill_worker':
    case 'replace_worker':
    case 'kill_leash':
      return { kind, slot };
    case 'stop_worker':
      return { kind, slot, forMs: lasting(random, STOPS_MS) };
    case 'cut_worker': {
      const how = random.pick<CutKind>([
        [2, 'hold'],
        [2, 'reset'],
        [1, 'half_open'],
      ]);
      return { kind, slot, how, forMs: lasting(random, STOPS_MS) };
    }
    case 'kill_redis':
    case 'freeze_redis':
      return { kind, forMs: lasting(random, OUTAGE_MS) };
    case 'kill_api':
      return { kind, forMs: random.between(API_AWAY_MS.shortest, API_AWAY_MS.longest) };
  }
}

function lasting(random: SeededRandom, ranges: readonly (readonly [number, readonly [number, number]])[]): number {
  const [low, high] = random.pick(ranges);
  return random.between(low, high);
}

/** Time for a killed process to be replaced, in ms. */
const REPLACED_MS = 1_500;

function durationOf(attack: Attack): number {
  return ('forMs' in attack ? attack.forMs : 0) + REPLACED_MS;
}

/** The part of the stack that it hits. */
export function placeOf(attack: Attack): string {
  if ('slot' in attack) return `worker ${attack.slot}`;
  return attack.kind === 'kill_api' ? 'api' : 'redis';
}

/** An attack in a few words. */
export function attackText(attack: Attack): string {
  const { kind } = attack;
  const where = 'slot' in attack ? ` ${attack.slot}` : '';
  const how = kind === 'cut_worker' ? ` (${attack.how})` : '';
  return `${kind.replace('_', ' ')}${where}${how}${'forMs' in attack ? ` for ${attack.forMs} ms` : ''}`;
}
