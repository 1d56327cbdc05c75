import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlReply, isFinal, type Job } from '@leeway/contract';
import { createJobClient, type JobClient, type Reply } from '@leeway/testkit';
import { submissionOf } from './submission-of.js';
import type { PlannedJob } from './workload-plan.js';

/** What the client of a job saw. Times are epoch ms. */
export interface ClientView {
  planned: PlannedJob;
  /** Every id that a submission with this key was ever answered with. */
  ids: Set<string>;
  acceptedAt: number | null;
  /** What was done to it, and the last answer; `unknown`: it was asked for, and the answer got lost. */
  controls: { verb: string; askedAt: number; done: ControlReply['done'] | 'refused' | 'unknown' }[];
  /** Answers that no attack explains. */
  wrong: string[];
}

export interface LoadOptions {
  api: string;
  facts: string;
  /** The program that commands run. */
  task: string;
  plan: readonly PlannedJob[];
}

/** A call that nobody answered is made again after this long, in ms. */
const AGAIN_MS = 250;
/** So long a client tries: the longest outage and the start of an API are well below. */
const PATIENCE_MS = 180_000;
/** A client that got its answer sends the same again once in so many times: nothing may come of it. */
const REPEAT_EVERY = 5;

/** Submits every job at its time, again and again with the same key until it is accepted; then does to it what is planned. */
export async function runLoad({ api, facts, task, plan }: LoadOptions): Promise<ClientView[]> {
  const client = createJobClient(api);
  return Promise.all(
    plan.map(async (planned, i) => {
      const view: ClientView = { planned, ids: new Set(), acceptedAt: null, controls: [], wrong: [] };
      await sleep(planned.atMs);
      await submit(client, view, submissionOf(planned, facts, task));
      if (i % REPEAT_EVERY === 0) await submit(client, view, submissionOf(planned, facts, task));
      await control(client, view);
      return view;
    }),
  );
}

async function submit(client: JobClient, view: ClientView, body: object): Promise<void> {
  const headers = { 'idempotency-key': view.planned.key };
  const reply = await persist(() => client.request('POST', '/v1/jobs', body, headers), view);
  if (reply === undefined) return;
  if (reply.status !== 202) return void view.wrong.push(`submit: ${reply.status} ${JSON.stringify(reply.body)}`);
  view.ids.add((reply.body as Job).id);
  view.acceptedAt ??= Date.now();
}

async function control(client: JobClient, view: ClientView): Promise<void> {
  const planned = view.planned.control;
  const [id] = view.ids;
  if (planned === null || id === undefined) return;
  if (planned.kind === 'retry') await untilOver(client, id, view);
  await sleep(planned.afterMs);
  await ask(client, view, { id, verb: planned.kind });
  if (planned.kind !== 'pause') return;
  await sleep(planned.forMs);
  await ask(client, view, { id, verb: 'resume' });
}

async function ask(client: JobClient, view: ClientView, { id, verb }: { id: string; verb: string }): Promise<void> {
  const asked: ClientView['controls'][number] = { verb, askedAt: Date.now(), done: 'unknown' };
  view.controls.push(asked);
  const reply = await persist(() => client.request('POST', `/v1/jobs/${id}/${verb}`), view);
  if (reply?.status === 200) asked.done = (reply.body as ControlReply).done;
  // What runs in this process cannot be paused, and what succeeded cannot be tried again.
  else if (reply?.status === 409 && verb !== 'cancel') asked.done = 'refused';
  else if (reply !== undefined) view.wrong.push(`${verb}: ${reply.status} ${JSON.stringify(reply.body)}`);
}

async function untilOver(client: JobClient, id: string, view: ClientView): Promise<void> {
  for (;;) {
    const reply = await persist(() => client.request('GET', `/v1/jobs/${id}?wait=5`), view);
    if (reply === undefined || isFinal((reply.body as Job).state)) return;
  }
}

/** Repeats a call that failed or was answered with 503. Undefined: no answer for too long, which the view then says. */
async function persist(call: () => Promise<Reply>, view: ClientView): Promise<Reply | undefined> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  let last = '';
  while (Date.now() < giveUpAt) {
    try {
      const reply = await call();
      if (reply.status !== 503) return reply;
      last = JSON.stringify(reply.body);
    } catch (error) {
      last = String(error);
    }
    await sleep(AGAIN_MS);
  }
  view.wrong.push(`no answer within ${PATIENCE_MS} ms; the last was ${last}`);
  return undefined;
}
