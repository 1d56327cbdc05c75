import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ApiError } from '@leeway/client';
import { runDemo } from './demo.js';
import { COLOURS, NO_COLOURS, type Paint } from './paint.js';
import { findPlace, type Place } from './place.js';
import { Screen } from './screen.js';

const USAGE = `npm run demo [-- --own] [-- --kill-worker]

Runs a few dozen real tasks against the stack at LEEWAY_URL (or at PORT on this machine), or against one of its own when
none is there, and holds what happened against what was promised. Exit code 1: something promised did not happen.

  --own          start a stack of its own even when one is running
  --kill-worker  kill a worker with -9 also on a stack that is not the demo's own
`;

const { env, stdout } = process;
const USUAL_COLUMNS = 80;
const SECOND_MS = 1_000;
const FINDING_INDENT = 4;
const INTERRUPTED_EXIT_CODE = 130;

async function main(): Promise<number> {
  const signal = interruptSignal();
  const runName = randomBytes(3).toString('hex');
  const startedAt = performance.now();
  try {
    const { values } = parseArgs({
      options: { own: { type: 'boolean' }, 'kill-worker': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) {
      stdout.write(USAGE);
      return 0;
    }
    stdout.write('Looking for a running stack, else starting one ...\n');
    const url = env['LEEWAY_URL'] || `http://127.0.0.1:${env['PORT'] || '3000'}`;
    const place = await findPlace({
      url,
      key: env['LEEWAY_KEY'] || undefined,
      own: values.own === true,
      killWorker: values['kill-worker'] === true,
      runName,
      signal,
    });
    const kept = await runAt(place, { runName, signal });
    stdout.write(`\nTook ${Math.round((performance.now() - startedAt) / SECOND_MS)} s in all.\n`);
    return kept ? 0 : 1;
  } catch (error) {
    if (signal.aborted) {
      process.stderr.write('\nStopped; nothing of the demo is left running.\n');
      return INTERRUPTED_EXIT_CODE;
    }
    const text = error instanceof ApiError ? `${error.detail}. ${error.advice}` : (error as Error).message;
    process.stderr.write(`\nThe demo could not go on: ${text}\n`);
    return 1;
  }
}

/** The demo at one place, and the leaving of it. True: everything promised has happened. */
async function runAt(place: Place, { runName, signal }: { runName: string; signal: AbortSignal }): Promise<boolean> {
  const paint: Paint = stdout.isTTY && !env['NO_COLOR'] ? COLOURS : NO_COLOURS;
  const screen = new Screen(stdout, stdout.isTTY, () => stdout.columns ?? USUAL_COLUMNS);
  screen.line(`${place.about}\n`);
  let left: number | undefined;
  let summary;
  try {
    const workload = { marker: `leeway-demo-${runName}`, labelSuffix: place.labelSuffix };
    summary = await runDemo({ ...place, workload, screen, paint, signal });
  } finally {
    screen.close();
    left = await place.leave();
  }
  for (const line of summary.lines) screen.line(line, FINDING_INDENT);
  if (left !== undefined)
    screen.line(
      `  ${left === 0 ? paint.good('✓') : paint.bad('✗')} processes of the demo's stack left after it was stopped: ${left}`,
    );
  return summary.kept && (left ?? 0) === 0;
}

/** Ctrl-C and its like; a second one is left to the system. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => controller.abort(new Error(name)));
  return controller.signal;
}

process.exitCode = await main();
