import { isFinal, type Job } from '@leeway/contract';
import { waitUntil } from './wait-until.js';

/** Plain requests to the API, so that a fault of the typed client cannot hide one of the server. */
export interface JobClient {
  /** Any request to the API; a body is sent as JSON. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Submits a job; throws when the status is not 202. */
  submit(submission: object, headers?: Record<string, string>): Promise<Job>;
  /** Submits a job of the kind `command`. */
  run(argv: string[], more?: object): Promise<Job>;
  job(id: string): Promise<Job>;
  /** The job once it has ended. Throws with its last state after the timeout, by default 30 s. */
  waitFinal(id: string, timeoutMs?: number): Promise<Job>;
  /** The job once `condition` is true for it. Throws after the timeout, by default 30 s. */
  waitJob(id: string, condition: (job: Job) => boolean, timeoutMs?: number): Promise<Job>;
}

export interface Reply {
  status: number;
  headers: Headers;
  // Any: tests look at wrong replies as well.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

const WAIT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CHECK_EVERY_MS = 50;

export function createJobClient(api: string): JobClient {
  const request: JobClient['request'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  };
  const expect = async (status: number, reply: Promise<Reply>): Promise<Job> => {
    const { status: got, body } = await reply;
    if (got !== status) throw new Error(`expected ${status}, got ${got}: ${JSON.stringify(body)}`);
    return body as Job;
  };
  const job = (id: string) => expect(200, request('GET', `/v1/jobs/${id}`));
  const submit: JobClient['submit'] = (submission, headers) =>
    expect(202, request('POST', '/v1/jobs', submission, headers));
  const waitJob: JobClient['waitJob'] = (id, condition, timeoutMs = WAIT_MS) =>
    waitUntil(
      async () => {
        const current = await job(id);
        // Thrown, so that the last state is part of the timeout's message.
        if (!condition(current)) throw new Error(`the job is ${JSON.stringify(current)}`);
        return current;
      },
      { what: `job ${id}`, timeoutMs, everyMs: CHECK_EVERY_MS },
    );
  return {
    request,
    submit,
    run: (argv, more = {}) => submit({ kind: 'command', input: { argv }, ...more }),
    job,
    waitJob,
    waitFinal: (id, timeoutMs) => waitJob(id, ({ state }) => isFinal(state), timeoutMs),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
