import type { Job } from '@leeway/contract';

/** What is left out of a body that is too large, in this order, until it fits; what stands there instead. */
const LEFT_OUT_FIRST = {
  result: null,
  progress: null,
  input: null,
  attempts: [],
  metadata: {},
  steps: null,
  decision: null,
  error: null,
} as const satisfies Partial<Job>;

/** The JSON that a webhook gets: the job as GET /v1/jobs/:id shows it, in at most `maxBytes` as far as possible. */
export function deliveryBody(delivery: string, job: Job, maxBytes: number): string {
  const leftOut: string[] = [];
  let shown: Job = job;
  const body = () => JSON.stringify({ event: 'finished', delivery, leftOut, job: shown });
  let text = body();
  for (const [field, instead] of Object.entries(LEFT_OUT_FIRST)) {
    if (Buffer.byteLength(text) <= maxBytes) break;
    shown = { ...shown, [field]: instead };
    leftOut.push(field);
    text = body();
  }
  return text;
}
