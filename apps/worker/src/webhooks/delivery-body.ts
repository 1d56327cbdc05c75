import type { Job } from '@leeway/contract';

/** The fields that are left out of a body that is too large, in this order, until it fits, and their values then. */
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

/** The JSON body of a delivery: the job in the form of GET /v1/jobs/:id, within `maxBytes` as far as possible. */
export function deliveryBody(delivery: string, job: Job, maxBytes: number): string {
  const leftOut: string[] = [];
  let shown: Job = job;
  const body = () => JSON.stringify({ event: 'finished', delivery, leftOut, job: shown });
  let text = body();
  for (const [field, placeholder] of Object.entries(LEFT_OUT_FIRST)) {
    if (Buffer.byteLength(text) <= maxBytes) break;
    shown = { ...shown, [field]: placeholder };
    leftOut.push(field);
    text = body();
  }
  return text;
}
