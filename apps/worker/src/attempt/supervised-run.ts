import type { Decision } from '@leeway/contract';
import { endsAtShare } from '@leeway/estimator';
import { type AttemptMonitor, type Extension, Supervisor } from '@leeway/supervision';
import { classOf } from '../decision/attempt-work.js';
import { callLayers } from '../decision/call-layers.js';
import { phasesOf } from '../decision/phases.js';
import { allotmentMs } from '../decision/step-time.js';
import type { CallBudget } from '../handlers/call-budget.js';
import type { Handler } from '../handlers/handler.js';
import { EventBatcher } from '../progress/event-batcher.js';
import { ProgressPublisher } from '../progress/progress-publisher.js';
import { leaseMarginMs, type WorkerContext } from '../worker/worker-context.js';
import type { Attempt, AttemptResult, Claim } from './attempt.js';
import { DesiredStateReconciler } from './desired-state-reconciler.js';
import { handlerContext } from './handler-context.js';
import { monitorFor } from './monitor-for.js';
import { selectHandler } from './select-handler.js';

/** Runs the handler under its supervisor. */
export async function runHandler(attempt: Attempt): Promise<void> {
  const { claim, decision, input, worker, requestedMs } = attempt;
  if (claim === undefined || decision === undefined || input === undefined) return;
  const supervised = new SupervisedRun({ claim, decision, worker, requestedMs });
  supervised.bindDecision();
  const result = await supervised.run(input.value);
  attempt.result = result;
  if (result.readings.outputs > 0) worker.coldStarts.markWarm(claim.work, worker.clock.monotonicMs());
  if (!result.abandoned) return;
  worker.running.abandon(result.settledLater);
  const fields = { event: 'handler_abandoned', attempt: claim.id, kind: claim.work.kind };
  const { abandoned } = worker.running;
  worker.log.warn({ ...fields, abandoned }, 'a handler ignored its abort; its slot is free, but what it holds is not');
}

interface SupervisedRunOptions extends Pick<Attempt, 'worker' | 'requestedMs'> {
  claim: Claim;
  decision: Decision;
}

/** The handler of one attempt with all that reaches it from outside and all that it publishes. */
class SupervisedRun {
  private readonly supervisor: Supervisor;
  private readonly events: EventBatcher;
  private readonly monitor: AttemptMonitor | null;
  private readonly progress: ProgressPublisher;

  constructor(private readonly options: SupervisedRunOptions) {
    const { claim, decision, worker } = options;
    const { policy, clock } = worker;
    this.events = new EventBatcher({
      attempts: worker.attempts,
      attempt: claim,
      maxOutputBytes: policy.retention.outputBytes,
      onFenced: () => this.supervisor.stop(LOST),
      onError: (error) => this.warn('report_failed', error, 'a report was not stored'),
    });
    this.supervisor = new Supervisor({
      decision,
      graceMs: policy.supervision.graceMs,
      clock,
      claimedMs: claim.claimedMs,
      requestExtension: (current, elapsedMs) => this.requestExtension(current, elapsedMs),
      onDeadlineMoved: (leftMs) => renewLease(claim, worker, leftMs),
      onExtended: (extension) => this.events.add({ type: 'extended', ...extension }),
      onLate: (lateMs) => this.events.add({ type: 'late', lateMs }),
    });
    const { supervisor, events } = this;
    this.monitor = monitorFor({ claim, policy, supervisor, events });
    const phases = phasesOf(decision, claim.work, policy);
    this.progress = new ProgressPublisher({ supervisor, events, monitor: this.monitor, clock, policy, phases });
  }

  /** Stores the decision. */
  bindDecision(): void {
    const { claim, decision, worker } = this.options;
    // Not awaited: it is sent over the same connection as everything later, so it arrives first.
    worker.attempts.bindDecision(claim, decision, allotmentMs(claim, decision)).then(
      (isBound) => isBound || this.supervisor.stop(LOST),
      (error: unknown) => this.warn('bind_failed', error, 'the decision was not stored'),
    );
    const { deadlineMs, basis, sentence } = decision;
    const fields = { event: 'attempt_started', attempt: claim.id, class: claim.work.jobClass.name, deadlineMs, basis };
    worker.log.info(fields, `attempt ${claim.id}: started. ${sentence}`);
  }

  async run(input: unknown): Promise<AttemptResult> {
    const { claim, worker } = this.options;
    const handler = selectHandler({ kind: claim.work.kind, record: claim.record }, worker);
    const reconciler = this.reconciler(handler);
    this.addToRunning(handler, reconciler);
    this.progress.start();
    try {
      const result = await this.supervisor.run(() => this.call(handler, input));
      this.progress.close();
      await this.events.close();
      // Work under the leash leaves nothing behind in this worker.
      return result.abandoned && handler.leashed === true ? { ...result, abandoned: false, beingEnded: true } : result;
    } finally {
      this.progress.close();
      reconciler.close();
      worker.running.remove(claim.id);
    }
  }

  private call(handler: Handler, input: unknown): Promise<unknown> {
    const { claim, worker } = this.options;
    const { supervisor, events, progress } = this;
    const { graceMs } = worker.policy.supervision;
    const callBudget = this.callBudget();
    const context = handlerContext({ claim, supervisor, events, progress, callBudget, graceMs, log: worker.log });
    if (handler.inProcess !== true) return handler.run(input, context);
    worker.heartbeat.markInProcess(claim.id);
    const user = { id: claim.id, isSuspect: (claim.record.number('losses') ?? 0) > 0 };
    return worker.userCode.run(user, () => handler.run(input, context));
  }

  private addToRunning(handler: Handler, reconciler: DesiredStateReconciler): void {
    const { claim, worker, requestedMs } = this.options;
    worker.running.add(claim.id, {
      stop: (reason) => this.supervisor.stop(reason),
      setDesired: (desired) => reconciler.setDesired(desired),
      isPaused: () => this.supervisor.paused,
      inProcess: handler.inProcess === true,
      forbidsOverlap: claim.work.limits.overlap === 'forbid',
      requestedMs,
    });
  }

  private callBudget(): CallBudget {
    const { claim, worker } = this.options;
    const { supervisor } = this;
    return {
      remainingMs: () => supervisor.deadlineMs - supervisor.elapsedMs,
      usualMs: async (input) => {
        const other = { ...claim.work, input, jobClass: classOf(claim, claim.work.kind, input) };
        return (await worker.forecaster.decide(other, claim.facts)).expectedMs;
      },
      betweenCalls: (isBetween) => supervisor.betweenCalls(isBetween),
      layers: () => callLayers(claim.work, worker.policy),
    };
  }

  private reconciler(handler: Handler): DesiredStateReconciler {
    const { claim, worker } = this.options;
    return new DesiredStateReconciler({
      claim,
      handler,
      supervisor: this.supervisor,
      decide: (limits) => worker.forecaster.decide({ ...claim.work, limits }, claim.facts),
      attempts: worker.attempts,
      maxPauseMs: worker.policy.limits.maxPauseMs,
      onError: (error) => this.warn('control_failed', error, 'a control of the attempt failed; trying again'),
    });
  }

  /** What was learned since the start comes first; progress in the stream moves a deadline that is no share of a workflow. */
  private async requestExtension(decision: Decision, elapsedMs: number): Promise<Extension | null> {
    const { claim, worker } = this.options;
    const extended = await worker.forecaster.extension(claim.work, claim.facts, { decision, elapsedMs });
    if (extended !== null) return { ...extended, by: 'estimator' };
    return endsAtShare(decision) ? null : (this.monitor?.extension(decision) ?? null);
  }

  private warn(event: string, error: unknown, message: string): void {
    this.options.worker.log.warn({ event, attempt: this.options.claim.id, error }, message);
  }
}

/** The lease lasts until the attempt must have ended and been settled. */
function renewLease({ id }: Claim, { heartbeat, policy }: WorkerContext, leftMs: number): void {
  heartbeat.renewLease(id, leftMs + policy.supervision.graceMs + leaseMarginMs(policy.supervision));
}

const LOST = { cause: 'lost', message: 'This attempt was given to another worker.' } as const;
