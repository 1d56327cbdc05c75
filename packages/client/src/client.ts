import { randomUUID } from 'node:crypto';
import {
  isFinal,
  SECOND_MS,
  type ClassInfo,
  type ControlReply,
  type ImportReply,
  type Job,
  type JobEvent,
  type JobList,
  type Policy,
  type ProviderState,
  type ResetReply,
  type Submission,
  type WorkerInfo,
} from '@leeway/contract';
import { ApiError } from './api-error.js';
import type {
  CallOptions,
  HistoryOptions,
  LimitChanges,
  ListOptions,
  OutputOptions,
  RetryFilter,
  SubmitOptions,
  WaitOptions,
} from './call-options.js';
import { followEvents, type FollowOptions } from './event-stream.js';
import type { BatchItem, Estimate, Health, JobOutput, ResumedProvider, RetriedJobs, Version } from './replies.js';
import { Transport, type Call, type TransportOptions } from './transport.js';

/** One long poll. Shorter than the 30 s after which many proxies cut a silent connection. */
const LONG_POLL_S = 25;
/** The reply to a control call comes when the worker has confirmed it: after the grace of the attempt, at most 5 min by policy. */
const CONTROL_HOLD_MS = 300_000;
/** A large history takes a while to send and to check. */
const IMPORT_HOLD_MS = 60_000;
const HISTORY_TYPE = 'application/x-ndjson';

/**
 * The API of Leeway, typed. Fields that are not given are not sent. Every call ends by its time limit and rejects with an
 * ApiError; calls that are safe to repeat are repeated for a while when the server is away or busy.
 */
export class LeewayClient {
  private readonly http: Transport;

  /** Throws a TypeError when `url` is no http or https address. */
  constructor(options: TransportOptions) {
    this.http = new Transport(options);
  }

  /** Submits one job and resolves when it is accepted, long before it has run. */
  async submit(submission: Submission, { idempotencyKey, signal }: SubmitOptions = {}): Promise<Job> {
    const headers = { 'idempotency-key': idempotencyKey ?? randomUUID() };
    return this.http.json({ method: 'POST', path: '/v1/jobs', body: submission, headers, repeatable: true, signal });
  }

  /** Submits up to 1,000 jobs, each accepted or refused on its own, in the order given. Not repeated by itself. */
  async batch(submissions: readonly Submission[], options: CallOptions = {}): Promise<BatchItem[]> {
    const call = { method: 'POST', path: '/v1/jobs/batch', body: { jobs: submissions }, repeatable: false } as const;
    const { results } = await this.http.json<{ results: BatchItem[] }>({ ...call, ...options });
    return results;
  }

  /** A job as it is now: state, attempts, decision, result. */
  async get(id: string, options: CallOptions = {}): Promise<Job> {
    return this.read(jobPath(id), options);
  }

  /** Resolves with the job once it has ended, whatever its outcome. Rejects with `timed_out` after `timeoutMs`. */
  async waitFor(id: string, options: WaitOptions = {}): Promise<Job> {
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options;
    const giveUpAt = performance.now() + timeoutMs;
    for (;;) {
      const leftS = Math.ceil((giveUpAt - performance.now()) / SECOND_MS);
      const wait = Math.min(LONG_POLL_S, Math.max(1, leftS));
      const call = { method: 'GET', path: jobPath(id), query: { wait }, repeatable: true } as const;
      const job = await this.http.json<Job>({ ...call, holdMs: wait * SECOND_MS, signal });
      if (isFinal(job.state)) return job;
      if (performance.now() >= giveUpAt) throw stillGoing(job, timeoutMs);
    }
  }

  /** All matching jobs, newest first; the next page is fetched when the loop reaches it. */
  async *list(options: ListOptions = {}): AsyncGenerator<Job> {
    const { signal, pageSize, ...filter } = options;
    let cursor: string | undefined;
    do {
      const query = { ...filter, limit: pageSize, cursor };
      const page = await this.http.json<JobList>({ method: 'GET', path: '/v1/jobs', query, repeatable: true, signal });
      yield* page.jobs;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /** Cancels a job, also while it runs; `done` of the reply is what was done. A job that has ended is left as it is. */
  async cancel(id: string, { reason, signal }: CallOptions & { reason?: string } = {}): Promise<ControlReply> {
    return this.control(id, { verb: 'cancel', body: { reason }, repeatable: true, signal });
  }

  /** Keeps a waiting job back, or suspends the processes of a running command; its time limits are suspended with it. */
  async pause(id: string, options: CallOptions = {}): Promise<ControlReply> {
    return this.control(id, { verb: 'pause', repeatable: true, ...options });
  }

  /** Continues a paused job where it was paused. */
  async resume(id: string, options: CallOptions = {}): Promise<ControlReply> {
    return this.control(id, { verb: 'resume', repeatable: true, ...options });
  }

  /** Gives a failed or cancelled job new attempts. Not repeated by itself: the job may have failed again in between. */
  async retry(id: string, { attempts, signal }: CallOptions & { attempts?: number } = {}): Promise<ControlReply> {
    return this.control(id, { verb: 'retry', body: { attempts }, repeatable: false, signal });
  }

  /** Gives many failed or cancelled jobs new attempts, newest first; `next` of the reply is the cursor of the next call. Not repeated by itself. */
  async retryMany(filter: RetryFilter = {}, options: CallOptions = {}): Promise<RetriedJobs> {
    const call = { method: 'POST', path: '/v1/jobs/retry', body: filter, repeatable: false } as const;
    return this.http.json({ ...call, holdMs: CONTROL_HOLD_MS, ...options });
  }

  /** Changes limits of a job that waits or runs; those that are not named stay. */
  async changeLimits(id: string, changes: LimitChanges, options: CallOptions = {}): Promise<ControlReply> {
    const call = { method: 'PATCH', path: jobPath(id), body: changes, repeatable: true } as const;
    return this.http.json({ ...call, holdMs: CONTROL_HOLD_MS, ...options });
  }

  /** The events of a job, stored ones first, then new ones until it has ended; across lost connections. */
  events(id: string, options: FollowOptions = {}): AsyncGenerator<JobEvent> {
    const isOver = async () => isFinal((await this.get(id, { signal: options.signal })).state);
    return followEvents(this.http, { path: `${jobPath(id)}/events`, isOver }, options);
  }

  /** What a job has printed, as far as it is stored. */
  async output(id: string, { attempt, tail, signal }: OutputOptions = {}): Promise<JobOutput> {
    return this.read(`${jobPath(id)}/output`, { signal }, { attempt, tail });
  }

  /** The deadline that a submission would get, and why. Nothing is stored. */
  async estimate(submission: Submission, options: CallOptions = {}): Promise<Estimate> {
    return this.http.json({ method: 'POST', path: '/v1/estimates', body: submission, repeatable: true, ...options });
  }

  /** What has been learned about every class of work. */
  async classes(options: CallOptions = {}): Promise<ClassInfo[]> {
    return (await this.read<{ classes: ClassInfo[] }>('/v1/classes', options)).classes;
  }

  /** What has been learned about one class. */
  async class(name: string, options: CallOptions = {}): Promise<ClassInfo> {
    return this.read(`/v1/classes/${encodeURIComponent(name)}`, options);
  }

  /** The history of a tenant as the text of a file, piece by piece. Not repeated: what came before a break is incomplete. */
  exportHistory({ tenant, signal }: HistoryOptions = {}): AsyncGenerator<string> {
    const headers = { accept: HISTORY_TYPE };
    const call = { method: 'GET', path: '/v1/history/export', query: { tenant }, headers, repeatable: false } as const;
    return this.http.download({ ...call, signal });
  }

  /** Adds the observations of such a file; refused as a whole when one line is invalid. A second import adds nothing. */
  async importHistory(file: string, { tenant, signal }: HistoryOptions = {}): Promise<ImportReply> {
    const headers = { 'content-type': HISTORY_TYPE };
    const call = { method: 'POST', path: '/v1/history/import', query: { tenant }, headers, text: file } as const;
    return this.http.json({ ...call, holdMs: IMPORT_HOLD_MS, repeatable: true, signal });
  }

  /** Deletes the observations of a class. Not repeated by itself: a second reply would be that there is no such class. */
  async resetClass(name: string, { tenant, signal }: HistoryOptions = {}): Promise<ResetReply> {
    const path = `/v1/classes/${encodeURIComponent(name)}/history`;
    return this.http.json({ method: 'DELETE', path, query: { tenant }, repeatable: false, signal });
  }

  /** The workers that have been seen lately, with what they run. */
  async workers(options: CallOptions = {}): Promise<WorkerInfo[]> {
    return (await this.read<{ workers: WorkerInfo[] }>('/v1/workers', options)).workers;
  }

  /** The model providers of the policy, and whether each takes calls. */
  async providers(options: CallOptions = {}): Promise<ProviderState[]> {
    return (await this.read<{ providers: ProviderState[] }>('/v1/providers', options)).providers;
  }

  /** Resumes the jobs of a provider at once; needs an admin key where there are keys. */
  async resumeProvider(name: string, { signal }: CallOptions = {}): Promise<ResumedProvider> {
    const path = `/v1/providers/${encodeURIComponent(name)}/resume`;
    return this.http.json({ method: 'POST', path, repeatable: true, signal });
  }

  /** The policy in force, without secrets. */
  async config(options: CallOptions = {}): Promise<Policy> {
    return this.read('/v1/config', options);
  }

  /** The version of the server and of its policy. */
  async version(options: CallOptions = {}): Promise<Version> {
    return this.read('/version', options);
  }

  /** Whether the server lives and is ready. A server that is away is a reply, not an error; asked once, without repetition. */
  async health(options: CallOptions = {}): Promise<Health> {
    const [live, ready] = await Promise.all([this.isOk('/healthz', options), this.isOk('/readyz', options)]);
    return { live, ready };
  }

  private control(
    id: string,
    call: Pick<Call, 'body' | 'repeatable' | 'signal'> & { verb: string },
  ): Promise<ControlReply> {
    const { verb, ...rest } = call;
    return this.http.json({ method: 'POST', path: `${jobPath(id)}/${verb}`, holdMs: CONTROL_HOLD_MS, ...rest });
  }

  private read<T>(path: string, options: CallOptions, query?: Call['query']): Promise<T> {
    return this.http.json<T>({ method: 'GET', path, query, repeatable: true, ...options });
  }

  private async isOk(path: string, options: CallOptions): Promise<boolean> {
    try {
      await this.http.json({ method: 'GET', path, repeatable: false, ...options });
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }
}

function jobPath(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}

function stillGoing(job: Job, timeoutMs: number): ApiError {
  return new ApiError({
    code: 'timed_out',
    detail: `job ${job.id} is still ${job.state} after ${timeoutMs} ms`,
    advice: 'The job continues; wait again, or cancel it.',
  });
}
