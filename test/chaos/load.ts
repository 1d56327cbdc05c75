import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlReply, isFinal, type Job } from '@leeway/contract';
import { createJobClient, type JobClient, type Reply } from '@leeway/testkit';
import { submissionOf } from './submission-of.js';
import type { PlannedJob } from './workload-plan.js';

/** What the client of a job saw. Times are epoch ms. */
export interface ClientView {
  planned: PlannedJob;
  /** Every job id that was ever returned for this key. */
  ids: Set<string>;
  acceptedAt: number | null;
  /** The controls that were sent, with the last reply; `unknown`: the reply was lost. */
  controls: { verb: string; sentAt: number; done: ControlReply['done'] | 'refused' | 'unknown' }[];
  /** Replies that no attack explains. */
  unexpected: string[];
}

export interface LoadOptions {
  api: string;
  journals: string;
  /** The program that commands run. */
  task: string;
  plan: readonly PlannedJob[];
}

/** Pause before a call that was not answered is repeated, in ms. */
const RETRY_MS = 250;
/** How long a client retries: the longest outage and the start of an API are well below. */
const GIVE_UP_MS = 180_000;
/** One in so many submissions is sent once more after its reply: that must not make a second job. */
const REPEAT_EVERY = 5;

/** Submits every job at its time, with the same key until it is accepted; then sends the controls that are planned for it. */
export async function runLoad({ api, journals, task, plan }: LoadOptions): Promise<ClientView[]> {
  const client = createJobClient(api);
  return Promise.all(
    plan.map(async (planned, i) => {
      const view: ClientView = { planned, ids: new Set(), acceptedAt: null, controls: [], unexpected: [] };
      await sleep(planned.atMs);
      await submit(client, view, submissionOf(planned, journals, task));
      if (i % REPEAT_EVERY === 0) await submit(client, view, submissionOf(planned, journals, task));
      await control(client, view);
      return view;
    }),
  );
}

async function submit(client: JobClient, view: ClientView, body: object): Promise<void> {
  const headers = { 'idempotency-key': view.planned.key };
  const reply = await callWithRetries(() => client.request('POST', '/v1/jobs', body, headers), view);
  if (reply === undefined) return;
  if (reply.status !== 202) return void view.unexpected.push(`submit: ${reply.status} ${JSON.stringify(reply.body)}`);
  view.ids.add((reply.body as Job).id);
  view.acceptedAt ??= Date.now();
}

async function control(client: JobClient, view: ClientView): Promise<void> {
  const planned = view.planned.control;
  const [id] = view.ids;
  if (planned === null || id === undefined) return;
  if (planned.kind === 'retry') await untilFinal(client, id, view);
  await sleep(planned.afterMs);
  await sendControl(client, view, { id, verb: planned.kind });
  if (planned.kind !== 'pause') return;
  await sleep(planned.forMs);
  await sendControl(client, view, { id, verb: 'resume' });
}

async function sendControl(
  client: JobClient,
  view: ClientView,
  { id, verb }: { id: string; verb: string },
): Promise<void> {
  const sent: ClientView['controls'][number] = { verb, sentAt: Date.now(), done: 'unknown' };
  view.controls.push(sent);
  const reply = await callWithRetries(() => client.request('POST', `/v1/jobs/${id}/${verb}`), view);
  if (reply?.status === 200) sent.done = (reply.body as ControlReply).done;
  // A handler in the process of its worker cannot be paused, and a job that succeeded cannot be retried.
  else if (reply?.status === 409 && verb !== 'cancel') sent.done = 'refused';
  else if (reply !== undefined) view.unexpected.push(`${verb}: ${reply.status} ${JSON.stringify(reply.body)}`);
}

async function untilFinal(client: JobClient, id: string, view: ClientView): Promise<void> {
  for (;;) {
    const reply = await callWithRetries(() => client.request('GET', `/v1/jobs/${id}?wait=5`), view);
    if (reply === undefined || isFinal((reply.body as Job).state)) return;
  }
}

/** Repeats a call that failed or was answered with 503. Undefined: no answer for too long, which is noted in the view. */
async function callWithRetries(call: () => Promise<Reply>, view: ClientView): Promise<Reply | undefined> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  let last = '';
  while (Date.now() < giveUpAt) {
    try {
      const reply = await call();
      if (reply.status !== 503) return reply;
      last = JSON.stringify(reply.body);
    } catch (error) {
      last = String(error);
    }
    await sleep(RETRY_MS);
  }
  view.unexpected.push(`no answer within ${GIVE_UP_MS} ms; the last was ${last}`);
  return undefined;
}
