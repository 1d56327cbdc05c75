import { describe, expect, test } from 'vitest';
import { HOT_ROUTES, ROUTES } from '../route-table.js';
import { findHotRoute } from './hot-routes.js';

const find = findHotRoute(HOT_ROUTES);
const ID = 'j0mp3k2x9abcdefghijklmnop';

describe('the routes that are found without Express', () => {
  test('are submit, batch and get, by the URL as clients write it', () => {
    expect(find('POST', '/v1/jobs')?.route.name).toBe('submitJob');
    expect(find('POST', '/v1/jobs/batch')?.route.name).toBe('submitBatch');
    expect(find('GET', `/v1/jobs/${ID}`)).toMatchObject({ route: { name: 'getJob' }, params: { id: ID } });
  });

  test.each([
    ['POST', '/v1/jobs?'],
    ['POST', '/v1/jobs/'],
    ['POST', '/V1/jobs'],
    ['POST', 'http://localhost/v1/jobs'],
    ['GET', '/v1/jobs'],
    ['GET', '/v1/jobs/batch'],
    ['GET', '/v1/jobs/'],
    ['GET', `/v1/jobs/${ID}?wait=1`],
    ['GET', `/v1/jobs/${ID}#a`],
    ['GET', `/v1/jobs/${ID}/events`],
    ['GET', `/v1/jobs/${ID.replace('j', '%6a')}`],
    ['HEAD', `/v1/jobs/${ID}`],
    ['post', '/v1/jobs'],
    ['OPTIONS', '/v1/jobs'],
  ])('are no others: %s %s', (method, url) => {
    expect(find(method, url)).toBeUndefined();
  });

  test('are in the table of all routes, which a request in another form is served from', () => {
    for (const route of HOT_ROUTES) expect(ROUTES).toContain(route);
  });

  test('take no id that is another path of the table', () => {
    for (const { path } of ROUTES.filter((route) => !route.path.includes('{')))
      expect(find('GET', path), path).toBeUndefined();
  });
});
