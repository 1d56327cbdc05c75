import { Queue } from 'bullmq';
import express from 'express';
import { z } from 'zod';

/** What a user writes in an afternoon: express, a schema, `queue.add`. Arguments: socket of Redis, port. */
const [socketPath = '', port = '0'] = process.argv.slice(2);
const queue = new Queue('noop', { connection: { path: socketPath, maxRetriesPerRequest: null } });
await queue.waitUntilReady();
const submission = z.strictObject({ kind: z.literal('noop'), input: z.record(z.string(), z.unknown()) });

const app = express();
app.use(express.json());
app.post('/v1/jobs', async (request, response) => {
  const parsed = submission.safeParse(request.body);
  if (!parsed.success) return void response.status(400).json({ error: parsed.error.issues });
  const job = await queue.add(parsed.data.kind, parsed.data.input);
  response.status(202).json({ id: job.id, state: 'queued', input: parsed.data.input });
});
app.listen(Number(port), '127.0.0.1', () => console.log('ready'));
