import { endsAtShare } from '@leeway/estimator';
import { type AttemptMonitor, type Extension, Supervisor } from '@leeway/supervision';
import { phasesOf } from '../decision/phases.js';
import { attemptId, type AttemptId, type Decision } from '@leeway/contract';
import type { ClaimedAttempt } from '@leeway/queue';
import { callLayers } from '../decision/call-layers.js';
import type { CallBudget } from '../handlers/call-budget.js';
import type { AttemptFacts } from '@leeway/forecast';
import { type AttemptWork, classOf } from '../decision/attempt-work.js';
import { ProgressPublisher } from '../progress/progress-publisher.js';
import type { Handler } from '../handlers/handler.js';
import { handlerContext } from './handler-context.js';
import { selectHandler } from './select-handler.js';
import type { AttemptResult } from './attempt-result.js';
import { monitorFor } from './monitor-for.js';
import { RemoteControl } from './remote-control.js';
import { EventBatcher } from '../progress/event-batcher.js';
import { allotmentMs } from '../decision/step-time.js';
import { type WorkerContext, leaseMarginMs } from '../worker/worker-context.js';

export interface SupervisedAttemptParts {
  opened: ClaimedAttempt;
  work: AttemptWork;
  facts: AttemptFacts;
  decision: Decision;
  /** When it was opened, on the worker's monotonic clock. */
  openedMs: number;
  /** When Redis was asked to open it, on the same clock. */
  askedMs: number;
  shop: WorkerContext;
}

/** The handler of one attempt under its supervisor, with all that reaches it from outside and all that it reports. */
export class SupervisedAttempt {
  private readonly id: AttemptId;
  private readonly supervisor: Supervisor;
  private readonly reporter: EventBatcher;
  private readonly monitor: AttemptMonitor | null;
  private readonly follower: ProgressPublisher;

  constructor(private readonly parts: SupervisedAttemptParts) {
    const { opened, decision, openedMs, shop, work } = parts;
    this.id = attemptId(opened.job, opened.number);
    this.reporter = new EventBatcher({
      attempts: shop.attempts,
      attempt: opened,
      flushMs: shop.policy.retention.flushMs,
      maxOutputBytes: shop.policy.retention.outputBytes,
      onFenced: () => this.supervisor.stop(LOST),
      onError: (error) => this.warn('report_failed', error, 'a report was not stored'),
    });
    this.supervisor = new Supervisor({
      decision,
      graceMs: shop.policy.supervision.graceMs,
      clock: shop.clock,
      claimedMs: openedMs,
      requestExtension: (current, elapsedMs) => this.requestExtension(current, elapsedMs),
      onDeadlineMoved: (leftMs) =>
        shop.heartbeat.renewLease(
          this.id,
          leftMs + shop.policy.supervision.graceMs + leaseMarginMs(shop.policy.supervision),
        ),
      onExtended: (extension) => this.reporter.add({ type: 'extended', ...extension }),
      onLate: (lateMs) => this.reporter.add({ type: 'late', lateMs }),
    });
    const { supervisor, reporter } = this;
    this.monitor = monitorFor({ opened, work, policy: shop.policy, supervisor, events: reporter });
    this.follower = new ProgressPublisher({
      supervisor,
      reporter,
      monitor: this.monitor,
      clock: shop.clock,
      policy: shop.policy,
      phases: phasesOf(decision, work, shop.policy),
    });
  }

  /** Stores the decision. */
  bind(): void {
    const { opened, decision, shop, work } = this.parts;
    // Not awaited: it goes over the same connection as everything later, so it arrives first.
    shop.attempts.bindDecision(opened, decision, allotmentMs(opened, decision)).then(
      (bound) => bound || this.supervisor.stop(LOST),
      (error: unknown) => this.warn('bind_failed', error, 'the decision was not stored'),
    );
    const { deadlineMs, basis, sentence } = decision;
    const fields = { event: 'attempt_started', attempt: this.id, class: work.jobClass.name, deadlineMs, basis };
    shop.log.info(fields, `attempt ${this.id}: started. ${sentence}`);
  }

  /** `input`: of the handler, with the results of other steps in it. */
  async run(input: unknown): Promise<AttemptResult> {
    const { opened, work, shop } = this.parts;
    const { policy, running, log } = shop;
    const { supervisor, reporter, follower } = this;
    const handler = selectHandler({ kind: work.kind, record: opened.record }, shop);
    const control = this.control(handler);
    running.add(this.id, {
      stop: (reason) => supervisor.stop(reason),
      setDesired: (desired) => control.setDesired(desired),
      standsStill: () => supervisor.paused,
      inProcess: handler.inProcess === true,
      forbidsOverlap: work.limits.overlap === 'forbid',
      askedMs: this.parts.askedMs,
    });
    const { graceMs } = policy.supervision;
    const callBudget = this.callBudget();
    const context = handlerContext({ opened, supervisor, reporter, follower, callBudget, graceMs, log });
    follower.start();
    try {
      if (handler.inProcess === true) shop.heartbeat.watch(this.id);
      const user = { id: this.id, isSuspect: (opened.record.number('losses') ?? 0) > 0 };
      const ending = await supervisor.run(() =>
        handler.inProcess === true
          ? shop.userCode.run(user, () => handler.run(input, context))
          : handler.run(input, context),
      );
      follower.close();
      await reporter.close();
      // Nothing of it is left in this worker, which is none the worse for it.
      return ending.abandoned && handler.leashed === true ? { ...ending, abandoned: false, beingEnded: true } : ending;
    } finally {
      follower.close();
      control.close();
      running.remove(this.id);
    }
  }

  private callBudget(): CallBudget {
    const { opened, work, facts, shop } = this.parts;
    const { supervisor } = this;
    return {
      remainingMs: () => supervisor.deadlineMs - supervisor.elapsedMs,
      usualMs: async (input) => {
        const other = { ...work, input, jobClass: classOf(opened, work.kind, input) };
        return (await shop.forecaster.decide(other, facts)).expectedMs;
      },
      betweenCalls: (is) => supervisor.betweenCalls(is),
      layers: () => callLayers(work, shop.policy),
    };
  }

  private control(handler: Handler): RemoteControl {
    const { opened, work, facts, shop } = this.parts;
    return new RemoteControl({
      opened,
      attemptId: this.id,
      work,
      handler,
      supervisor: this.supervisor,
      decide: (limits) => shop.forecaster.decide({ ...work, limits }, facts),
      attempts: shop.attempts,
      maxPauseMs: shop.policy.limits.maxPauseMs,
      onError: (error) => this.warn('control_failed', error, 'a control of the attempt did not go through'),
    });
  }

  private async requestExtension(decision: Decision, elapsedMs: number): Promise<Extension | null> {
    const { work, facts, shop } = this.parts;
    const extended = await shop.forecaster.extension(work, facts, { decision, elapsedMs });
    if (extended !== null) return { ...extended, by: 'estimator' };
    return endsAtShare(decision) ? null : (this.monitor?.extension(decision) ?? null);
  }

  private warn(event: string, error: unknown, message: string): void {
    this.parts.shop.log.warn({ event, attempt: this.id, error }, message);
  }
}

const LOST = { cause: 'lost', message: 'This attempt was given to another worker.' } as const;
