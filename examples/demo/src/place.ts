import { LeewayClient } from '@leeway/client';
import { startOwnStack, WORKERS } from './own-stack.js';

/** The stack that the demo runs against. */
export interface Place {
  client: LeewayClient;
  /** One sentence about it for the person at the terminal. */
  about: string;
  /** End of every label, which keeps the classes of this run apart from those of earlier ones. */
  labelSuffix: string;
  /** Whether a model server for `chat` jobs is configured. */
  chat: boolean;
  mayKill: boolean;
  /** Stops a stack that the demo started. Resolves with the number of its processes that are left; undefined: none to count. */
  leave(): Promise<number | undefined>;
}

export interface PlaceOptions {
  url: string;
  key: string | undefined;
  /** Start a stack even when one is running. */
  own: boolean;
  /** Kill a worker also on a stack that the demo did not start. */
  killWorker: boolean;
  /** Part of the labels on a stack that has run other work. */
  runName: string;
  signal: AbortSignal;
}

/** The running stack, if Leeway replies at the address; else one that the demo starts. */
export async function findPlace(options: PlaceOptions): Promise<Place> {
  const { url, key, own, runName } = options;
  const client = own || !(await isLeeway(url, key)) ? undefined : new LeewayClient({ url, key });
  if (client === undefined) return ownPlace(options);
  const workers = await client.workers();
  if (!workers.some((worker) => worker.state === 'active' && worker.kinds.includes('command'))) {
    throw new Error(`the stack at ${url} has no worker that runs commands; start one, or use --own`);
  }
  const about = `Using the stack that runs at ${url}. Chat jobs are left out: its model servers may cost money.`;
  return {
    client,
    about,
    labelSuffix: `-${runName}`,
    chat: false,
    mayKill: options.killWorker,
    leave: () => Promise.resolve(undefined),
  };
}

async function ownPlace({ signal }: PlaceOptions): Promise<Place> {
  const stack = await startOwnStack(signal);
  const about = `A stack of the demo's own: API at ${stack.url}, dashboard at ${stack.dashboardUrl}, ${WORKERS} workers, a model server for tests.`;
  const client = new LeewayClient({ url: stack.url });
  const chat = (await client.workers()).some((worker) => worker.kinds.includes('chat'));
  return { client, about, labelSuffix: '', chat, mayKill: true, leave: stack.stop };
}

async function isLeeway(url: string, key: string | undefined): Promise<boolean> {
  const probe = new LeewayClient({ url, key, retryForMs: 0, timeoutMs: PROBE_TIMEOUT_MS });
  try {
    return (await probe.version()).name === 'leeway';
  } catch {
    return false;
  }
}

const PROBE_TIMEOUT_MS = 2_000;
