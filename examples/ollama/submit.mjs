// Asks a model through the queue and prints the answer while it arrives:
//
//     node examples/ollama/submit.mjs llama3.2 "Why is the sky blue?"

const api = process.env.LEEWAY_URL ?? 'http://127.0.0.1:3000';
const key = process.env.LEEWAY_KEY;
const authorization = key && { authorization: `Bearer ${key}` };
const [model = 'llama3.2', question = 'In one sentence: what is a job queue?'] = process.argv.slice(2);

const response = await fetch(`${api}/v1/jobs`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', ...authorization },
  body: JSON.stringify({ kind: 'chat', input: { model, messages: [{ role: 'user', content: question }] } }),
});
const job = await response.json();
if (!response.ok) {
  console.error(`${job.code}: ${job.detail}`);
  process.exit(1);
}

// All events of the job, until it has ended.
const events = await fetch(`${api}/v1/jobs/${job.id}/events`, { headers: { ...authorization } });
for await (const event of parse(events.body)) {
  if (event.type === 'output') process.stdout.write(event.data.text);
}

const ended = await (await fetch(`${api}/v1/jobs/${job.id}`, { headers: { ...authorization } })).json();
if (ended.state === 'succeeded') {
  const { model: answeredBy, firstTokenMs, usage } = ended.result;
  console.log(`\n\n${answeredBy}, first token after ${firstTokenMs} ms, ${usage?.completion_tokens ?? '?'} tokens`);
} else {
  console.error(`\n\n${ended.state}: ${ended.cause}: ${ended.error?.message}`);
  process.exitCode = 1;
}

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
