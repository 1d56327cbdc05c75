import { type Job, parseSubmission, type WorkflowInput } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { queueName } from '../src/redis/keys.js';
import { someDecision, someSettlement, type QueueBench } from './queue-bench.js';
import type { NewStep } from '../src/jobs/new-job.js';

/** Steps for tests by name: what each needs, and what its failure means. */
export type TestSteps = Record<string, { needs?: string[]; onFailure?: 'fail' | 'continue'; attempts?: number }>;

const TOTAL_MS = 600_000;

/** Submits a workflow of commands as the API would, with equal shares. */
export async function submitWorkflow(
  { queue, policy }: QueueBench,
  steps: TestSteps,
  more: { totalMs?: number; delayMs?: number; limits?: object; completeBy?: string; key?: string } = {},
): Promise<Job> {
  const { totalMs = TOTAL_MS, key, ...rest } = more;
  const body = {
    kind: 'workflow',
    input: {
      steps: Object.entries(steps).map(([name, step]) => ({
        name,
        kind: 'command',
        input: { argv: ['echo', name] },
        ...step,
      })),
    },
    ...rest,
  };
  const submission = parseSubmission(body, { policy, kinds: ['command', 'workflow'] });
  const names = Object.keys(steps);
  const planned = (submission.input as WorkflowInput).steps.map((step): NewStep => {
    const { name, kind, input, attempts, needs = [], onFailure = 'fail' } = step;
    const job = { kind, input, attempts };
    const place = { name, kind, class: 'command/echo', critical: false, onFailure, share: 1, ofRest: 1, behind: 0 };
    const plan = { ...place, needs: needs.map((need) => names.indexOf(need) + 1) };
    return { submission: job, class: 'command/echo', quote: someDecision(), queue: queueName(job, policy), plan };
  });
  const { job } = await queue.submissions.submit({
    submission,
    principal: { tenant: 'local', tier: policy.defaultTier },
    class: 'workflow',
    quote: someDecision(totalMs),
    queue: 'workflow',
    workflow: { totalMs, steps: planned },
    ...(key === undefined ? {} : { idempotency: { key, bodyHash: 'hash' } }),
  });
  return job;
}

/** The state of each step by its name. */
export async function stepStates(bench: QueueBench, id: string): Promise<Record<string, string>> {
  const { steps } = await bench.get(id);
  return Object.fromEntries((steps ?? []).map(({ name, state }) => [name, state]));
}

/** Claims the next step that BullMQ hands out, and ends it. Returns its name. */
export async function runStep(bench: QueueBench, failing = false): Promise<string> {
  const { job, token, attempt } = await bench.claim();
  await bench.store.attempts.bindDecision(attempt, someDecision(), 1_000);
  const reply = await bench.store.attempts.settle(attempt, failing ? FAILURE : someSettlement());
  if (reply.status !== 'applied') throw new Error(`not settled: ${reply.status}`);
  await bench.store.outbox.sync(job, token, reply.sync);
  await bench.store.outbox.reconcileAll(reply.affectedJobs);
  return attempt.record.text('stepName') ?? '';
}

const FAILURE = someSettlement({
  outcome: 'failed',
  cause: 'error',
  next: { step: 'final', state: 'failed' },
  error: { code: 'exit_nonzero', message: 'it exited with code 1' },
  result: '{"stdout":"half"}',
  partial: true,
});

/** Sweeps until `done`: there is no worker that does. */
export async function sweepUntil(bench: QueueBench, done: () => Promise<boolean>, what: string): Promise<void> {
  await waitUntil(
    async () => {
      await bench.store.watchdog.sweep();
      return done();
    },
    { what },
  );
}
