import type { StackSettings } from '../prepared-start.js';
import { localUrl } from './local-url.js';

const FIRST_JOB = {
  kind: 'command',
  input: { argv: ['node', '-e', 'setTimeout(() => console.log(42), 500)'] },
};

/** The addresses of a stack that is ready, and a first request to try. */
export function welcome(
  { host, apiPort, dashboardPort, workers, redisUrl, dataFolder }: StackSettings,
  { withKeys, commands }: { withKeys: boolean; commands: string },
): string {
  const api = localUrl(host, apiPort);
  const key = withKeys ? " -H 'authorization: Bearer <your key>'" : '';
  return `
Leeway is ready. Ctrl-C stops it.

  dashboard  ${localUrl(host, dashboardPort)}
  API        ${api}   (documentation: ${api}/docs)
  workers    ${workers}
  commands   ${commands}
  data       ${redisUrl === undefined ? dataFolder : 'in the Redis of REDIS_URL'}

Try it:

  curl -s ${api}/v1/jobs${key} -H 'content-type: application/json' \\
    -d '${JSON.stringify(FIRST_JOB)}'
`;
}
