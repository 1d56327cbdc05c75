import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ApiError } from '@leeway/client';
import { durationText } from '@leeway/contract';
import { findings, type Finding } from './findings.js';
import { findPlace, type Place } from './place.js';
import { Screen } from './screen.js';
import { runDemo } from './demo.js';
import { table } from './table.js';

const USAGE = `npm run demo [-- --own] [-- --kill-worker]

Runs a few dozen real tasks against the stack at LEEWAY_URL (or at PORT on this machine), or against one of its own when
none is running, and compares the results with the promises. Exit code 1: a promise was not kept.

  --own          start a stack of its own even when one is running
  --kill-worker  kill a worker with -9 also on a stack that the demo did not start
`;

const { env, stdout } = process;
const INTERRUPTED_EXIT_CODE = 130;
const RUN_NAME_BYTES = 3;

/** The exit code. */
async function main(): Promise<number> {
  const signal = interruptSignal();
  const startedAtMs = performance.now();
  try {
    const { values } = parseArgs({
      options: { own: { type: 'boolean' }, 'kill-worker': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) {
      stdout.write(USAGE);
      return 0;
    }
    const runName = randomBytes(RUN_NAME_BYTES).toString('hex');
    stdout.write('Looking for a running stack, else starting one ...\n');
    const place = await findPlace({
      url: env['LEEWAY_URL'] || `http://127.0.0.1:${env['PORT'] || '3000'}`,
      key: env['LEEWAY_KEY'] || undefined,
      own: values.own === true,
      killWorker: values['kill-worker'] === true,
      runName,
      signal,
    });
    const allKept = await runAt(place, { runName, signal });
    stdout.write(`\nTook ${durationText(Math.round(performance.now() - startedAtMs))} in all.\n`);
    return allKept ? 0 : 1;
  } catch (error) {
    if (signal.aborted) {
      process.stderr.write('\nStopped; nothing of the demo is left running.\n');
      return INTERRUPTED_EXIT_CODE;
    }
    const text = error instanceof ApiError ? `${error.detail}. ${error.advice}` : (error as Error).message;
    process.stderr.write(`\nThe demo failed: ${text}\n`);
    return 1;
  }
}

/** True: every promise was kept. */
async function runAt(place: Place, { runName, signal }: { runName: string; signal: AbortSignal }): Promise<boolean> {
  const screen = new Screen(stdout, { colours: stdout.isTTY && !env['NO_COLOR'] });
  screen.line(`${place.about}\n`);
  let outcome;
  let processesLeft: number | undefined;
  try {
    const workload = { marker: `leeway-demo-${runName}`, labelSuffix: place.labelSuffix };
    outcome = await runDemo({ ...place, workload, screen, signal });
  } finally {
    screen.close();
    processesLeft = await place.leave();
  }
  const all = findings(outcome);
  if (processesLeft !== undefined)
    all.push({
      kept: processesLeft === 0,
      text: `processes of the demo's stack left after it was stopped: ${processesLeft}`,
    });
  screen.line(['', ...table(outcome.log), ''].join('\n'));
  for (const finding of all) showFinding(finding, screen);
  return all.every(({ kept }) => kept !== false);
}

function showFinding({ kept, text }: Finding, screen: Screen): void {
  screen.line(`${kept === undefined ? '-' : kept ? screen.good('✓') : screen.bad('✗')} ${text}`);
}

/** Fires at Ctrl-C, SIGTERM and a closed terminal; a second one ends the process. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => controller.abort(new Error(name)));
  return controller.signal;
}

process.exitCode = await main();
