import { ERRORS, parsePolicy } from '@leeway/contract';
import { describe, expect, test } from 'vitest';
import { docsPage } from './docs-page.js';
import { errorsPage } from './errors-page.js';
import { openApiDocument, type OpenApiSource } from './openapi.js';
import { ROUTES } from '../route-table.js';

const source: OpenApiSource = {
  routes: ROUTES,
  policy: parsePolicy({ limits: { maxAttemptMs: 7_000_000, attempts: 1 } }),
  version: '1.2.3',
  keyed: true,
};
const document = openApiDocument(source) as any;

function everyReference(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, item]) => (name === '$ref' ? [String(item)] : everyReference(item)));
}

describe('the OpenAPI document', () => {
  test('has every route, each with a unique name', () => {
    const names = ROUTES.map((route) => document.paths[route.path]?.[route.method.toLowerCase()]?.operationId);
    expect(names).toEqual(ROUTES.map((route) => route.name));
    expect(new Set(names).size).toBe(ROUTES.length);
  });

  test('refers only to schemas that it contains', () => {
    const references = everyReference(document);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      const target = reference
        .slice(2)
        .split('/')
        .reduce((at, part) => at?.[part], document);
      expect(target, reference).toBeDefined();
    }
  });

  test('has a parameter for every variable part of a path', () => {
    for (const route of ROUTES) {
      const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const parameters = document.paths[route.path][route.method.toLowerCase()].parameters;
      expect(parameters.filter((each: any) => each.in === 'path').map((each: any) => each.name)).toEqual(inPath);
    }
  });

  test('shows the limits of the effective policy', () => {
    expect(document.components.schemas.Submission.properties.timeoutMs.anyOf).toEqual([
      { type: 'integer', minimum: 1, maximum: 7_000_000 },
      { type: 'string', enum: ['none'] },
    ]);
    const list = document.paths['/v1/jobs'].get.parameters.find((each: any) => each.name === 'limit');
    expect(list).toMatchObject({ in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 200 } });
  });

  test('lists the error codes of every refusal', () => {
    const { responses } = document.paths['/v1/jobs'].post;
    expect(responses['422'].description).toContain('idempotency_conflict');
    expect(responses['503'].description).toContain('outcome_unknown');
    expect(responses['400'].content['application/problem+json'].schema.$ref).toBe('#/components/schemas/Problem');
  });

  test('requires a key only for calls that need one, and only where there are keys', () => {
    expect(document.paths['/v1/jobs'].post.security).toEqual([{ key: [] }]);
    expect(document.paths['/healthz'].get.security).toEqual([]);
    expect(JSON.stringify(openApiDocument({ ...source, keyed: false }))).not.toContain('bearer');
  });
});

describe('the documentation pages', () => {
  const pages = [docsPage(source), errorsPage()];

  test('show every call and every error code', () => {
    for (const route of ROUTES) expect(pages[0]).toContain(`id="${route.name}"`);
    for (const code of Object.keys(ERRORS)) expect(pages[1]).toContain(`id="${code}"`);
  });

  test('have a target for every internal link', () => {
    for (const [, target] of (pages[0] ?? '').matchAll(/href="#([^"]+)"/g))
      expect(pages[0]).toContain(`id="${target}"`);
    for (const [, code] of (pages[0] ?? '').matchAll(/href="\/docs\/errors#([^"]+)"/g))
      expect(pages[1]).toContain(`id="${code}"`);
  });

  test('begin with a request that can be copied: it has the address of this server, and a key where one is needed', () => {
    const keyed = docsPage({ ...source, keyed: true }, '127.0.0.1:4000');
    expect(keyed).toContain('curl -s 127.0.0.1:4000/v1/jobs -H');
    expect(keyed).toMatch(/jobs -H .Authorization: Bearer &lt;key&gt;. -H/);
    expect(docsPage({ ...source, keyed: false }, '127.0.0.1:4000')).not.toContain('Authorization: Bearer');
  });

  test('load nothing from anywhere', () => {
    for (const html of pages) expect(html).not.toMatch(/<(script|link|img|iframe)|src=|url\(|@import/);
  });
});
