import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parsePolicy, type Submission } from '@leeway/contract';
import { classify } from '@leeway/estimator';
import { JobQueue } from '@leeway/queue';
import { HostGuard, silentLog, systemClock, type KeyRing } from '@leeway/runtime';
import { dashboard } from '../src/app.js';
import { someDecision } from './some-job.js';

export interface ServedDashboard {
  readonly url: string;
  readonly queue: JobQueue;
  /** Stores a job as the API would; no worker takes it. */
  submit(submission: Submission): Promise<string>;
  stop(): Promise<void>;
}

export interface ServeOptions {
  redisUrl: string;
  keys?: KeyRing;
  /** As in the policy file. */
  policy?: object;
}

/** The dashboard in this process, over a real Redis and real HTTP on a free port. */
export async function serveDashboard({ redisUrl, keys, policy: file }: ServeOptions): Promise<ServedDashboard> {
  const policy = parsePolicy(file);
  const queue = new JobQueue({ redisUrl, policy, clientName: 'dashboard-test' });
  await queue.start();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const guard = new HostGuard({ host: '127.0.0.1', port, publicNames: [] });
  const app = dashboard({
    queue,
    policy,
    keys: keys ?? null,
    guard,
    apiUrl: 'http://127.0.0.1:3000',
    clock: systemClock,
    log: silentLog,
  });
  server.on('request', app);
  return {
    url: `http://127.0.0.1:${port}`,
    queue,
    async submit(submission) {
      const caller = { tenant: 'default', tier: 'default' };
      const { name } = classify(submission);
      const { job } = await queue.submit({
        submission,
        caller,
        class: name,
        quote: someDecision(),
        queue: submission.kind,
      });
      return job.id;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await queue.close();
    },
  };
}
