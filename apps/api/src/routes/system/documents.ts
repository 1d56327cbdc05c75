import { docsPage } from '../../docs/docs-page.js';
import { errorsPage } from '../../docs/errors-page.js';
import { openApiDocument } from '../../docs/openapi.js';
import { defineRoute, type Route } from '../../calls/route.js';
import type { Services } from '../../calls/services.js';

const HTML = 'text/html; charset=utf-8';

/** The calls that document all calls, themselves included. `routes` is called at each request. */
export function documentRoutes(routes: () => readonly Route[]): Route[] {
  const source = ({ policy, version, keys }: Services) => ({ routes: routes(), policy, version, keyed: keys !== null });
  const openapi = defineRoute({
    method: 'GET',
    path: '/openapi.json',
    name: 'openapi',
    group: 'Server',
    summary: 'Read the OpenAPI 3.1 document of this API',
    scope: null,
    replies: { 200: { description: 'The document', type: 'application/json' } },
    handle: (_call, services) => Promise.resolve({ status: 200, json: openApiDocument(source(services)) }),
  });
  const docs = defineRoute({
    method: 'GET',
    path: '/docs',
    name: 'docs',
    group: 'Server',
    summary: 'Read the documentation of this API as a page',
    scope: null,
    replies: { 200: { description: 'The page', type: 'text/html' } },
    handle: (call, services) =>
      Promise.resolve({
        status: 200,
        text: { type: HTML, content: docsPage(source(services), call.header('host')) },
      }),
  });
  const errors = defineRoute({
    method: 'GET',
    path: '/docs/errors',
    name: 'errorsPage',
    group: 'Server',
    summary: 'Read what every error code means and what to do',
    scope: null,
    replies: { 200: { description: 'The page', type: 'text/html' } },
    handle: () => Promise.resolve({ status: 200, text: { type: HTML, content: errorsPage() } }),
  });
  return [openapi, docs, errors];
}
