import { isFinal, type Job } from '@leeway/contract';
import { waitUntil } from './wait-until.js';

/** The API as a test uses it: plain requests, so that a fault of the typed client cannot hide one of the server. */
export interface JobClient {
  /** Any request to a path of the API; a body is sent as JSON. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Submits; throws when it is not accepted. */
  submit(submission: object, headers?: Record<string, string>): Promise<Job>;
  /** Submits the kind `command`. */
  run(argv: string[], more?: object): Promise<Job>;
  job(id: string): Promise<Job>;
  /** The job once it has ended; throws with its last state when time is up. Default 30 s. */
  waitFinal(id: string, timeoutMs?: number): Promise<Job>;
  /** The job once `condition` holds of it. Default 30 s. */
  waitJob(id: string, condition: (job: Job) => boolean, timeoutMs?: number): Promise<Job>;
}

export interface Reply {
  status: number;
  headers: Headers;
  // Whatever the server said: tests look at wrong answers as well.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

const WAIT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 50;

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
        const seen = await job(id);
        // Thrown, so that the last state is part of the message when time is up.
        if (!condition(seen)) throw new Error(`it is ${JSON.stringify(seen)}`);
        return seen;
      },
      { what: `job ${id}`, timeoutMs, everyMs: LOOK_EVERY_MS },
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
