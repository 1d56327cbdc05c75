// Submits a job to a handler of your own and waits for its end:
//
//     node examples/custom-handler/submit.mjs digest-folder '{"folder":"docs"}'

import { resolve } from 'node:path';

const api = process.env.LEEWAY_URL ?? 'http://127.0.0.1:3000';
const key = process.env.LEEWAY_KEY;
const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };

const [kind = 'digest-folder', json = '{"folder":"."}'] = process.argv.slice(2);
const input = JSON.parse(json);
// The worker may run in another folder.
if (input.folder !== undefined) input.folder = resolve(input.folder);

const submitted = await request('/v1/jobs', { method: 'POST', body: JSON.stringify({ kind, input }) });
let job = submitted;
// The server replies when the job has ended, at the latest after 30 seconds.
while (!['succeeded', 'failed', 'cancelled'].includes(job.state))
  job = await request(`${submitted.links.self}?wait=30`);

console.log(`${job.id}  ${job.state}${job.cause === null ? '' : `, ${job.cause}`}`);
console.log(JSON.stringify(job.state === 'succeeded' ? job.result : job.error, null, 2));
process.exitCode = job.state === 'succeeded' ? 0 : 1;

async function request(path, options = {}) {
  const response = await fetch(`${api}${path}`, { headers, ...options });
  const body = await response.json();
  if (response.ok) return body;
  console.error(`${body.code}: ${body.detail}`);
  process.exit(1);
}
