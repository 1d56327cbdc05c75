import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parsePolicy, type JobId, type Submission } from '@leeway/contract';
import { classify } from '@leeway/estimator';
import { JobQueue, type NewJob } from '@leeway/queue';
import { HostGuard, silentLog, systemClock, type KeyRing } from '@leeway/runtime';
import { dashboard } from '../src/app.js';
import { someDecision } from './some-job.js';

export interface ServedDashboard {
  readonly url: string;
  readonly queue: JobQueue;
  /** Stores a job as the API would; no worker takes it. */
  submit(submission: Submission): Promise<JobId>;
  /** Stores a workflow with one step, whose job is returned with it; no worker takes it. */
  submitWorkflow(): Promise<{ workflow: JobId; step: JobId }>;
  stop(): Promise<void>;
}

export interface ServeOptions {
  redisUrl: string;
  keys?: KeyRing;
  /** As in the policy file. */
  policy?: object;
}

/** How long a request waits for a Redis that does not answer: short, so that tests of an outage are. */
const CLIENT_WAIT_MS = 400;

/** The dashboard in this process, over a real Redis and real HTTP on a free port. */
export async function serveDashboard({ redisUrl, keys, policy: file }: ServeOptions): Promise<ServedDashboard> {
  const policy = parsePolicy(file);
  const bounds = { callWaitMs: CLIENT_WAIT_MS };
  const queue = new JobQueue({ redisUrl, policy, clientName: 'dashboard-test', clock: systemClock, bounds });
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
      const { job } = await queue.submissions.submit({ ...jobOf(submission), principal: PRINCIPAL });
      return job.id as JobId;
    },
    async submitWorkflow() {
      const step = jobOf({ kind: 'command', input: { argv: ['node', 'plan.mjs'] } });
      const place = { name: 'plan', kind: 'command', class: step.class, critical: false, onFailure: 'fail' as const };
      const plan = { ...place, needs: [], share: 1, ofRest: 1, behind: 0 };
      const { submission } = step;
      const whole = jobOf({ kind: 'workflow', input: { steps: [{ name: 'plan', ...submission }] } });
      const workflow = { totalMs: 60_000, steps: [{ ...step, plan }] };
      const { job } = await queue.submissions.submit({ ...whole, class: 'workflow', principal: PRINCIPAL, workflow });
      return { workflow: job.id as JobId, step: job.steps?.[0]?.job as JobId };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await queue.close();
    },
  };
}

const PRINCIPAL = { tenant: 'default', tier: 'default' };

function jobOf(submission: Submission): Omit<NewJob, 'principal'> {
  const { name } = classify(submission);
  return { submission, class: name, quote: someDecision(), queue: submission.kind };
}
