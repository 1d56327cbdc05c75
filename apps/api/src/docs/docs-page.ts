import { ERRORS } from '@leeway/contract';
import { openApiDocument, type OpenApiSource } from './openapi.js';
import { errorsOf, type Route } from '../calls/route.js';
import { methodNameOf } from '../rpc/methods.js';
import { escape, page, prose } from './page.js';
import { fieldRows, typeText, type FieldRow } from './schema-rows.js';

type Schema = Record<string, unknown>;
interface Operation {
  parameters: { name: string; in: string; required: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}
interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/**
 * The documentation page, made from the table of routes. `host`: name and port of the reader's request, so that the first
 * steps can be copied unchanged.
 */
export function docsPage(source: OpenApiSource, host = 'localhost:3000'): string {
  const document = openApiDocument(source) as unknown as OpenApi;
  const groups = [...new Set(source.routes.map((route) => route.group))];
  const calls = groups.map((group) => {
    const inGroup = source.routes.filter((route) => route.group === group);
    return `<h2 id="${group.toLowerCase()}">${group}</h2>\n${inGroup.map((route) => callSection(route, document)).join('\n')}`;
  });
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details><summary><span class="path">${name}</span></summary><div id="${name}">${fieldTable(fieldRows(schema))}</div></details>`,
  );
  return page(
    'Leeway API',
    `<h1>Leeway API</h1>
<p class="soft">Version ${escape(source.version)}. A job queue that learns how long each agent task should take.</p>
${introduction(source.keyed, host)}
${calls.join('\n')}
<h2 id="schemas">Schemas</h2>
${schemas.join('\n')}`,
  );
}

function introduction(keyed: boolean, host: string): string {
  const key = keyed
    ? '<p>Every call needs <code>Authorization: Bearer &lt;key&gt;</code>; a key sees the jobs of its tenant.</p>'
    : '';
  return `<p>Submit a job, and wait for its result:</p>
<pre><code>${escape(firstSteps(keyed, host))}</code></pre>
${key}<p>Durations are whole milliseconds, and their names end in <code>Ms</code>; an absent field means neither 0 nor null. Refused calls reply with a problem document (RFC 9457) that has a stable code: <a href="/docs/errors">all codes</a>. For tools: <a href="/openapi.json">OpenAPI 3.1</a>.</p>`;
}

function firstSteps(keyed: boolean, host: string): string {
  const key = keyed ? " -H 'Authorization: Bearer <key>'" : '';
  return `curl -s ${host}/v1/jobs${key} -H 'Content-Type: application/json' \\
  -d '{"kind":"command","input":{"argv":["node","-e","console.log(6*7)"]}}'
curl -s '${host}/v1/jobs/<id>?wait=10'${key}`;
}

function callSection(route: Route, document: OpenApi): string {
  const operation = document.paths[route.path]?.[route.method.toLowerCase()];
  if (operation === undefined) return '';
  const method = route.method.toLowerCase();
  return `<details><summary><span class="method ${method}">${route.method}</span><span class="path">${escape(route.path)}</span><span class="what">${prose(route.summary)}</span></summary><div id="${route.name}">
<p>${prose(route.description ?? `${route.summary}.`)}</p>
${scopeLine(route)}${methodLine(route)}
${parameterTable(operation)}${bodySection(route, operation)}${replySection(operation)}${errorSection(route)}
</div></details>`;
}

function scopeLine({ scope }: Route): string {
  if (scope === null) return '';
  const what = scope === 'any' ? 'a key with any scope' : `the scope <code>${scope}</code>`;
  return `<p class="soft">Where there are keys: needs ${what}.</p>`;
}

function methodLine(route: Route): string {
  const method = methodNameOf(route);
  return method === undefined
    ? ''
    : `<p class="soft">Over a <a href="#webSocket">WebSocket</a>: <code>${method}</code></p>`;
}

function parameterTable(operation: Operation): string {
  if (operation.parameters.length === 0) return '';
  const rows = operation.parameters.map(({ name, in: place, required, description = '', schema }) => ({
    name,
    type: place === 'query' ? typeText(schema) : `in the ${place}`,
    required,
    description,
  }));
  return `<h3>Parameters</h3>${fieldTable(rows)}`;
}

function bodySection(route: Route, operation: Operation): string {
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (schema === undefined) return '';
  const example =
    route.body?.example === undefined
      ? ''
      : `<pre><code>${escape(JSON.stringify(route.body.example, null, 2))}</code></pre>`;
  const fields = '$ref' in schema ? `<p>A ${schemaLink(schema)}.</p>` : fieldTable(fieldRows(schema));
  return `<h3>Body</h3>${example}${fields}`;
}

function replySection(operation: Operation): string {
  const rows = Object.entries(operation.responses)
    .filter(([status]) => /^[12]/.test(status))
    .map(([status, { description, content = {} }]) => {
      const [type = '', body] = Object.entries(content)[0] ?? [];
      const schemaText =
        body !== undefined && '$ref' in body.schema ? schemaLink(body.schema) : `<code>${escape(type)}</code>`;
      return `<p><code>${status}</code> ${prose(description)}${type === '' ? '' : `: ${schemaText}`}</p>`;
    });
  return `<h3>Reply</h3>${rows.join('')}`;
}

function errorSection(route: Route): string {
  const items = errorsOf(route).map((code) => `<a href="/docs/errors#${code}">${code}</a> (${ERRORS[code].status})`);
  return `<h3>Errors</h3><p>${items.join(', ')}</p>`;
}

function schemaLink(schema: Schema): string {
  const name = typeText(schema);
  return `<a href="#${name}">${name}</a>`;
}

function fieldTable(rows: readonly FieldRow[]): string {
  if (rows.length === 0) return '<p class="soft">No fields.</p>';
  const body = rows.map(
    ({ name, type, required, description }) =>
      `<tr><td><code>${escape(name)}</code>${required ? '' : ' <span class="soft">optional</span>'}</td><td>${escape(type)}</td><td>${prose(description)}</td></tr>`,
  );
  return `<div class="wide"><table><thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
