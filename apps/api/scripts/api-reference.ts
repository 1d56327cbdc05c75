import type { Route } from '../src/calls/route.js';
import { ROUTES } from '../src/route-table.js';
import { methodNameOf } from '../src/rpc/methods.js';
import { code, table } from './markdown.js';

/** docs/api.md: the calls of the API in short. */
export function apiReference(): string {
  const groups = [...new Set(ROUTES.map((route) => route.group))];
  const sections = groups.map((group) => {
    const rows = ROUTES.filter((route) => route.group === group).map(row);
    return `## ${group}\n\n${table(['Call', 'Method', 'What it does', 'Scope'], rows)}`;
  });
  return `# The API

A running server documents itself: \`/docs\` is a page with every field, \`/openapi.json\` has the same for tools (OpenAPI 3.1).
Requests and replies are JSON; a request with a body needs \`Content-Type: application/json\`. Durations are whole milliseconds,
and their names end in \`Ms\`; an absent field means neither 0 nor null. Refused calls reply with a stable code:
[errors](errors.md). Where there are keys (\`LEEWAY_KEYS\`), every call with a scope needs \`Authorization: Bearer <key>\`, and a
key sees the jobs of its tenant.

While Redis is away, every call that needs it replies 503 with \`Retry-After\` within two seconds. \`store_unavailable\` means that
nothing was accepted; \`outcome_unknown\` means that the job may have been accepted: submit it again with the same
\`Idempotency-Key\`.

The column Method has the name of the call over a [WebSocket](websocket.md) (JSON-RPC 2.0).

${sections.join('\n\n')}
`;
}

function row(route: Route): string[] {
  const method = methodNameOf(route);
  const description = route.description === undefined ? '' : ` ${route.description}`;
  return [
    code(`${route.method} ${route.path}`),
    method === undefined ? '' : code(method),
    `${route.summary}.${description}`,
    route.scope === null ? 'none' : code(route.scope),
  ];
}
