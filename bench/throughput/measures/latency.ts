import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@leeway/testkit';
import { openConnection, type HttpConnection } from '../http-load.js';
import { startBareBullMq } from '../systems/bare-bullmq.js';
import { startLeeway, TEXT } from '../systems/leeway.js';
import { type Figure, percentile } from './figures.js';

const CONCURRENCY = 50;
const US_PER_MS = 1_000;
const US_PER_S = 1_000_000;
/** Submitted and not counted, so that everything has been used once. */
const WARM_UP = 50;
/** One at a time, with this much between them. */
const IDLE_EVERY_US = 20_000;

/** From the moment of submission to the start of the handler: ours through HTTP, theirs from the producer's own process. */
export async function measureLatency(options: { idleJobs: number; perS: number; seconds: number }): Promise<Figure[]> {
  const { idleJobs, perS, seconds } = options;
  const rates = [
    { name: 'idle', everyUs: IDLE_EVERY_US, count: idleJobs },
    { name: `at ${perS}/s`, everyUs: US_PER_S / perS, count: perS * seconds },
  ];
  const folder = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
  const bare = await startBareBullMq();
  const theirs = await waitsOf(join(folder, 'bare'), rates, {
    addWorker: (waits) => bare.addWorker({ concurrency: CONCURRENCY, waits }),
    submit: (everyUs, count) => bare.produce({ every: everyUs, for: count }),
  });
  await bare.stop();
  const leeway = await startLeeway({ concurrency: CONCURRENCY });
  const connections: HttpConnection[] = [];
  const ours = await waitsOf(join(folder, 'leeway'), rates, {
    addWorker: (waits) => leeway.addWorker(waits),
    submit: (everyUs, count) => submitSteadily({ port: leeway.port, free: connections }, everyUs, count),
  });
  for (const connection of connections) connection.close();
  await leeway.stop();
  rmSync(folder, { recursive: true });
  return rates.flatMap(({ name }, i) =>
    [0.5, 0.99].map((share): Figure => {
      const [our = [], their = []] = [ours[i], theirs[i]];
      const of = (waits: number[]) => percentile(waits, share);
      return {
        name: `submit to start, ${name}, p${share * 100}`,
        ...{ unit: 'ms', better: 'lower', peer: 'BullMQ', leeway: of(our), bare: of(their) },
      };
    }),
  );
}

interface Subject {
  addWorker: (waits: string) => Promise<unknown>;
  submit: (everyUs: number, count: number) => Promise<unknown>;
}

/** For each rate the waits in ms, in ascending order. */
async function waitsOf(
  file: string,
  rates: readonly { everyUs: number; count: number }[],
  { addWorker, submit }: Subject,
): Promise<number[][]> {
  writeFileSync(file, '');
  await addWorker(file);
  const lines = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  let seen = 0;
  const measure = async (everyUs: number, count: number) => {
    await submit(everyUs, count);
    await waitUntil(() => lines().length >= seen + count, { what: 'all jobs to start', timeoutMs: 120_000 });
    const waits = lines()
      .slice(seen, seen + count)
      .map((us) => Number(us) / US_PER_MS);
    seen += count;
    return waits.toSorted((a, b) => a - b);
  };
  await measure(IDLE_EVERY_US, WARM_UP);
  const found: number[][] = [];
  for (const { everyUs, count } of rates) found.push(await measure(everyUs, count));
  return found;
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** An open loop: the next submission does not wait for the reply to the one before. */
async function submitSteadily(
  { port, free }: { port: number; free: HttpConnection[] },
  everyUs: number,
  count: number,
): Promise<void> {
  const beganUs = nowUs();
  const sent: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    const waitMs = (beganUs + n * everyUs - nowUs()) / US_PER_MS;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    sent.push(
      (async () => {
        const body = JSON.stringify({ kind: 'noop', input: { text: TEXT, submittedUs: nowUs() } });
        const connection = free.pop() ?? (await openConnection(port));
        const status = await connection.post('/v1/jobs', body);
        if (status !== 202) throw new Error(`a submission was answered ${status}`);
        free.push(connection);
      })(),
    );
  }
  await Promise.all(sent);
}
