import { afterEach } from 'vitest';
import { runCli, type CliOptions, type CliRun } from './run-cli.js';
import { json, scriptedServer, stream, type Answer, type ScriptedServer, type Seen } from './scripted-server.js';

export interface ScriptedCli {
  /** Runs one command line against a server with these replies. */
  run(args: string[], answers: Answer | readonly [Answer, ...Answer[]], options?: CliOptions): Promise<CliRun>;
  /** The requests of the newest run. */
  readonly seen: Seen[];
  /** The body of one of them. */
  body(index?: number): Record<string, unknown>;
}

/** The command line in this process against scripted servers, which are closed after each test of the file. */
export function scriptedCli(): ScriptedCli {
  const servers: ScriptedServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  const seen = () => servers.at(-1)?.seen ?? [];
  return {
    async run(args, answers, options = {}) {
      const server = await scriptedServer(...(typeof answers === 'function' ? ([answers] as const) : answers));
      servers.push(server);
      return runCli(args, { url: server.url, ...options });
    },
    get seen() {
      return seen();
    },
    body: (index = 0) => JSON.parse(seen()[index]?.body ?? 'null') as Record<string, unknown>,
  };
}

export const DECISION = {
  deadlineMs: 12_000,
  expectedMs: 5_000,
  lateMs: 8_000,
  caps: [],
  sentence: 'Deadline 12 s: twice what 19 of 20 of 40 runs took.',
};

/** A job as the API sends it, with what a test wants otherwise. */
export function jobReply(given: object = {}): object {
  return {
    ...{ id: 'job-12345678', kind: 'command', class: 'command/node', label: null, state: 'queued', cause: null },
    ...{ late: false, decision: DECISION, attempts: [], error: null, result: null, queuedMs: null, savedMs: null },
    ...{ waitingFor: null, webhook: null, workflow: null, steps: null, budget: null, limits: {} },
    ...given,
  };
}

/** A server on which a job has these events and ends like this. */
export function serverWithJob(events: string, ended: object): Answer {
  return (request, response) => {
    if (request.method === 'POST') return json(jobReply(), 202)(request, response);
    if (request.url.endsWith('/events')) return stream(events)(request, response);
    if (request.url.includes('/output')) return json({ chunks: [], truncated: false })(request, response);
    return json(jobReply(ended))(request, response);
  };
}
