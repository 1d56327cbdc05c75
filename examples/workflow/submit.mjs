// Submits the workflow in a file, prints its steps as they start and end, and shows how they used their time:
//
//     node examples/workflow/submit.mjs [file]

import { readFileSync } from 'node:fs';

const api = process.env.LEEWAY_URL ?? 'http://127.0.0.1:3000';
const key = process.env.LEEWAY_KEY;
const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
const file = process.argv[2] ?? new URL('workflow.json', import.meta.url);

const response = await fetch(`${api}/v1/jobs`, { method: 'POST', headers, body: readFileSync(file, 'utf8') });
const workflow = await response.json();
if (!response.ok) {
  console.error(`${workflow.code}: ${workflow.detail}`);
  process.exit(1);
}

const seconds = (ms) => (ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`);
const lines = {
  step_started: ({ step, allocationMs, leftMs }) =>
    `${step} started: it may use ${seconds(allocationMs)} of ${seconds(leftMs)}`,
  step_extended: ({ step, allocationMs }) => `${step} continues, up to ${seconds(allocationMs)}`,
  step_ended: ({ step, state, cause }) => `${step} ${state}${cause ? ` (${cause})` : ''}`,
};
const events = await fetch(`${api}${workflow.links.events}`, { headers });
for await (const { type, data } of parse(events.body)) if (lines[type]) console.log(lines[type](data));

const ended = await (await fetch(`${api}${workflow.links.self}`, { headers })).json();
console.table(
  ended.steps.map(({ name, state, allocationMs, usedMs }) => ({
    ...{ step: name, state, 'may use': seconds(allocationMs), used: seconds(usedMs) },
  })),
);
console.log(`${ended.state} after ${seconds(ended.budget.spentMs)} of ${seconds(ended.budget.totalMs)}`);
if (ended.error) console.error(ended.error.message);
const last = ended.steps.at(-1).name;
console.log(ended.result.steps[last]?.stdout ?? '');
if (ended.state !== 'succeeded') process.exitCode = 1;

async function* parse(body) {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const data = block.split('\n').find((line) => line.startsWith('data: '));
      if (data !== undefined) yield JSON.parse(data.slice('data: '.length));
    }
  }
}
