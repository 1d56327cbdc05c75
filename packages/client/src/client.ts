import { randomUUID } from 'node:crypto';
import {
  isFinal,
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
import { downloadText } from './download.js';
import type { BatchItem, Estimate, Health, JobOutput, ResumedProvider, RetriedJobs, Version } from './replies.js';
import { Transport, type Call, type TransportOptions } from './transport.js';

/** One long poll. Shorter than the 30 s after which many proxies cut a silent connection. */
const HOLD_S = 25;
const SECOND_MS = 1_000;
/** A control call is answered when the worker has confirmed it: after the grace of the attempt, at most five minutes by policy. */
const CONTROL_HOLD_MS = 300_000;
const HISTORY_TYPE = 'application/x-ndjson';
/** A large file takes a while to send and to check. */
const IMPORT_HOLD_MS = 60_000;

/**
 * The API of Leeway, typed. Fields that are not given are not sent. Every call ends by its time limit and rejects with an
 * ApiError; calls that are safe to repeat are repeated for a while when the server is away or busy.
 */
export class LeewayClient {
  readonly #http: Transport;

  /** Throws a TypeError when `url` is no http or https address. */
  constructor(options: TransportOptions) {
    this.#http = new Transport(options);
  }

  /** Submits one job; resolves when it is accepted, long before it has run. */
  async submit(submission: Submission, options: SubmitOptions = {}): Promise<Job> {
    const headers = { 'idempotency-key': options.idempotencyKey ?? randomUUID() };
    return this.#http.json({
      method: 'POST',
      path: '/v1/jobs',
      body: submission,
      headers,
      repeatable: true,
      signal: options.signal,
    });
  }

  /** Up to 1,000 submissions, each accepted or refused on its own, in the order given. Not repeated by itself. */
  async batch(submissions: readonly Submission[], options: CallOptions = {}): Promise<BatchItem[]> {
    const body = { jobs: submissions };
    const reply = await this.#http.json<{ results: BatchItem[] }>({
      method: 'POST',
      path: '/v1/jobs/batch',
      body,
      repeatable: false,
      ...options,
    });
    return reply.results;
  }

  async get(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#get(jobPath(id), options);
  }

  /** Resolves with the job once it has ended, however it ended. */
  async waitFor(id: string, options: WaitOptions = {}): Promise<Job> {
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options;
    const giveUpAt = performance.now() + timeoutMs;
    for (;;) {
      const leftS = Math.ceil((giveUpAt - performance.now()) / SECOND_MS);
      const holdS = Math.min(HOLD_S, Math.max(1, leftS));
      const call = {
        method: 'GET',
        path: jobPath(id),
        query: { wait: holdS },
        holdMs: holdS * SECOND_MS,
        repeatable: true,
        signal,
      } as const;
      const job = await this.#http.json<Job>(call);
      if (isFinal(job.state)) return job;
      if (performance.now() >= giveUpAt)
        throw new ApiError({
          code: 'timed_out',
          detail: `job ${id} is still ${job.state} after ${timeoutMs} ms`,
          advice: 'The job goes on; wait again, or cancel it.',
        });
    }
  }

  /** Every job that fits, newest first, page by page as they are asked for. */
  async *list(options: ListOptions = {}): AsyncGenerator<Job> {
    const { signal, pageSize, ...filter } = options;
    let cursor: string | undefined;
    do {
      const query = { ...filter, limit: pageSize, cursor };
      const page = await this.#http.json<JobList>({ method: 'GET', path: '/v1/jobs', query, repeatable: true, signal });
      yield* page.jobs;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /** Says what was done: a job that has ended is left as it is. */
  async cancel(id: string, options: CallOptions & { reason?: string } = {}): Promise<ControlReply> {
    const { reason, signal } = options;
    return this.#control(id, { verb: 'cancel', body: { reason }, repeatable: true, signal });
  }

  /** Parks a waiting job, or stops the processes of a running command where they stand; its clocks stand too. */
  async pause(id: string, options: CallOptions = {}): Promise<ControlReply> {
    return this.#control(id, { verb: 'pause', repeatable: true, ...options });
  }

  async resume(id: string, options: CallOptions = {}): Promise<ControlReply> {
    return this.#control(id, { verb: 'resume', repeatable: true, ...options });
  }

  /** Gives a failed or cancelled job new attempts. Not repeated by itself: the job may have failed again in between. */
  async retry(id: string, options: CallOptions & { attempts?: number } = {}): Promise<ControlReply> {
    const { attempts, signal } = options;
    return this.#control(id, { verb: 'retry', body: { attempts }, repeatable: false, signal });
  }

  /** Gives many failed or cancelled jobs new attempts, newest first; `next` of the reply says where to go on. Not repeated by itself. */
  async retryMany(filter: RetryFilter = {}, options: CallOptions = {}): Promise<RetriedJobs> {
    const call = { method: 'POST', path: '/v1/jobs/retry', body: filter, repeatable: false } as const;
    return this.#http.json({ ...call, holdMs: CONTROL_HOLD_MS, ...options });
  }

  /** Changes limits of a job that waits or runs; those that are not named stay. */
  async changeLimits(id: string, changes: LimitChanges, options: CallOptions = {}): Promise<ControlReply> {
    const call = {
      method: 'PATCH',
      path: jobPath(id),
      body: changes,
      repeatable: true,
      holdMs: CONTROL_HOLD_MS,
    } as const;
    return this.#http.json({ ...call, ...options });
  }

  /** The events of a job, stored ones first, then new ones until it has ended; across lost connections. */
  events(id: string, options: FollowOptions = {}): AsyncGenerator<JobEvent> {
    const isOver = async () => isFinal((await this.get(id, { signal: options.signal })).state);
    return followEvents(this.#http, { path: `${jobPath(id)}/events`, isOver }, options);
  }

  async output(id: string, options: OutputOptions = {}): Promise<JobOutput> {
    const { attempt, tail, signal } = options;
    return this.#http.json({
      method: 'GET',
      path: `${jobPath(id)}/output`,
      query: { attempt, tail },
      repeatable: true,
      signal,
    });
  }

  async estimate(submission: Submission, options: CallOptions = {}): Promise<Estimate> {
    return this.#http.json({ method: 'POST', path: '/v1/estimates', body: submission, repeatable: true, ...options });
  }

  async classes(options: CallOptions = {}): Promise<ClassInfo[]> {
    const reply = await this.#get<{ classes: ClassInfo[] }>('/v1/classes', options);
    return reply.classes;
  }

  async class(name: string, options: CallOptions = {}): Promise<ClassInfo> {
    return this.#get(`/v1/classes/${encodeURIComponent(name)}`, options);
  }

  /** The history of a tenant as the text of a file, piece by piece. Not repeated: what came before a break is incomplete. */
  exportHistory(options: HistoryOptions = {}): AsyncGenerator<string> {
    const { tenant, signal } = options;
    return downloadText(this.#http, {
      method: 'GET',
      path: '/v1/history/export',
      query: { tenant },
      headers: { accept: HISTORY_TYPE },
      repeatable: false,
      signal,
    });
  }

  /** Adds the observations of such a file; refused as a whole when a line is none. Doing it again adds nothing. */
  async importHistory(file: string, options: HistoryOptions = {}): Promise<ImportReply> {
    const { tenant, signal } = options;
    return this.#http.json({
      method: 'POST',
      path: '/v1/history/import',
      query: { tenant },
      headers: { 'content-type': HISTORY_TYPE },
      text: file,
      holdMs: IMPORT_HOLD_MS,
      repeatable: true,
      signal,
    });
  }

  /** Forgets what a class has taught. Not repeated by itself: the second answer would be that there is no such class. */
  async resetClass(name: string, options: HistoryOptions = {}): Promise<ResetReply> {
    const { tenant, signal } = options;
    return this.#http.json({
      method: 'DELETE',
      path: `/v1/classes/${encodeURIComponent(name)}/history`,
      query: { tenant },
      repeatable: false,
      signal,
    });
  }

  async workers(options: CallOptions = {}): Promise<WorkerInfo[]> {
    const reply = await this.#get<{ workers: WorkerInfo[] }>('/v1/workers', options);
    return reply.workers;
  }

  /** How the model providers stand. */
  async providers(options: CallOptions = {}): Promise<ProviderState[]> {
    const reply = await this.#get<{ providers: ProviderState[] }>('/v1/providers', options);
    return reply.providers;
  }

  /** Lets the jobs of a provider go on at once; needs an admin key where there are keys. */
  async resumeProvider(name: string, { signal }: CallOptions = {}): Promise<ResumedProvider> {
    const path = `/v1/providers/${encodeURIComponent(name)}/resume`;
    return this.#http.json({ method: 'POST', path, repeatable: true, signal });
  }

  /** The policy in force. */
  async config(options: CallOptions = {}): Promise<Policy> {
    return this.#get('/v1/config', options);
  }

  async version(options: CallOptions = {}): Promise<Version> {
    return this.#get('/version', options);
  }

  /** Never rejects for a server that is away: that is its answer. Asks once, without repetition. */
  async health(options: CallOptions = {}): Promise<Health> {
    const [live, ready] = await Promise.all([this.#answers('/healthz', options), this.#answers('/readyz', options)]);
    return { live, ready };
  }

  #control(id: string, call: Pick<Call, 'body' | 'repeatable' | 'signal'> & { verb: string }): Promise<ControlReply> {
    const { verb, ...rest } = call;
    return this.#http.json({ method: 'POST', path: `${jobPath(id)}/${verb}`, holdMs: CONTROL_HOLD_MS, ...rest });
  }

  #get<T>(path: string, options: CallOptions): Promise<T> {
    return this.#http.json<T>({ method: 'GET', path, repeatable: true, ...options });
  }

  async #answers(path: string, options: CallOptions): Promise<boolean> {
    try {
      await this.#http.json({ method: 'GET', path, repeatable: false, ...options });
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
