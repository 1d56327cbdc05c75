import { kindPolicy, parsePolicy, parseSubmission, type Decision, type JobId, type Policy } from '@leeway/contract';
import { classify } from '@leeway/estimator';
import { Forecaster } from '@leeway/forecast';
import { JobQueue, openRedis, WorkerStore, type ClaimedAttempt, type RedisConnection } from '@leeway/queue';
import { systemClock } from '@leeway/runtime';
import { startRedis, type PrivateRedis } from '@leeway/testkit';
import { factsOf, workOf, type AttemptWork } from '../../src/decision/attempt-work.js';
import { planSettlement } from '../../src/settle/plan-settlement.js';

/** One run of a test. */
export interface Run {
  tenant: string;
  /** The duration that is recorded for the attempt. */
  durationMs: number;
}

/** The part of a worker that learns: its store and its forecaster. No process runs, and durations are those of the test. */
export interface LearningWorker {
  /** Claims the next attempt of a new job and decides for it. */
  claim(run: Pick<Run, 'tenant'>): Promise<ClaimedRun>;
  /** Takes a job from submission to a success of that duration. Returns its decision. */
  run(run: Run): Promise<Decision>;
}

export interface ClaimedRun {
  attempt: ClaimedAttempt;
  work: AttemptWork;
  decision: Decision;
}

export interface LearningBench {
  redis: PrivateRedis;
  policy: Policy;
  queue: JobQueue;
  another(name: string): LearningWorker;
  /** A plain connection, to look at keys and to break them. */
  raw: RedisConnection;
  stop(): Promise<void>;
}

const MIDDLE = 0.5;

export async function startLearningBench(input: object = {}): Promise<LearningBench> {
  const redis = await startRedis();
  const policy = parsePolicy(input);
  const queue = new JobQueue({ redisUrl: redis.url, policy, clientName: 'learning', clock: systemClock });
  await queue.start();
  const raw = openRedis({ url: redis.url, name: 'learning-raw', patience: 'work' });
  const stores: WorkerStore[] = [];
  const another = (name: string) => {
    const store = new WorkerStore({
      redisUrl: redis.url,
      policy,
      worker: name,
      clock: systemClock,
      onError: () => {},
    });
    stores.push(store);
    return learningWorker(name, { store, queue, policy });
  };
  return {
    ...{ redis, policy, queue, another, raw },
    async stop() {
      await queue.close();
      raw.disconnect();
      await Promise.all(stores.map((store) => store.close()));
      await redis.stop();
    },
  };
}

function learningWorker(name: string, parts: { store: WorkerStore; queue: JobQueue; policy: Policy }): LearningWorker {
  const { store, policy } = parts;
  const forecaster = new Forecaster({
    ...{ history: store.history, historyMaxAgeMs: 0, policy, clock: systemClock },
    onHistoryUnavailable: () => {},
  });
  const claim: LearningWorker['claim'] = async ({ tenant }) => {
    const id = await submit(parts, tenant);
    const reply = await store.attempts.claim(id, { worker: name, token: `${name} ${id}` });
    if (reply.status === 'unavailable') throw new Error(`the job is ${reply.state}`);
    const { attempt } = reply;
    const work = workOf(attempt);
    const decision = await forecaster.decide(work, factsOf(attempt));
    await store.attempts.bindDecision(attempt, decision);
    return { attempt, work, decision };
  };
  return {
    claim,
    async run({ durationMs, ...job }) {
      const { attempt, work, decision } = await claim(job);
      const result = {
        outcome: 'succeeded',
        durationMs,
        value: null,
        abandoned: false,
        readings: { outputs: 0 },
        decision,
      } as const;
      const nowMs = attempt.startedAtMs + durationMs;
      const settled = await store.attempts.settle(
        attempt,
        planSettlement(result, { attempt, work, policy, nowMs, random: () => MIDDLE }),
      );
      if (settled.status !== 'applied') throw new Error(`not settled: ${settled.status}`);
      return decision;
    },
  };
}

async function submit({ queue, policy }: { queue: JobQueue; policy: Policy }, tenant: string) {
  const body = { kind: 'command', input: { argv: ['make', 'all'] } };
  const submission = parseSubmission(body, { policy, kinds: ['command'] });
  const { job } = await queue.submissions.submit({
    submission,
    principal: { tenant, tier: policy.defaultTier },
    class: classify(submission).name,
    quote: {
      deadlineMs: kindPolicy(policy, 'command').priorMs,
      basis: 'prior',
      samples: 0,
      caps: [],
    } as unknown as Decision,
    queue: 'command',
  });
  return job.id as JobId;
}
