import { knownFields, parsePolicy } from '@leeway/contract';
import { expect, test } from 'vitest';
import { namesBesideBody } from '../calls/flat-params.js';
import { ROUTES } from '../route-table.js';
import { methodNameOf } from './methods.js';

const named = ROUTES.flatMap((route) => {
  const name = methodNameOf(route);
  return name === undefined ? [] : [{ name, route }];
});
const names = named.map(({ name }) => name);

test('every call of /v1 that replies with JSON or events has a method with a unique name (F161)', () => {
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+\.[a-z][A-Za-z]*$/);
});

test('the names of the methods are stable', () => {
  const stable = [
    ...['jobs.submit', 'jobs.submitBatch', 'jobs.get', 'jobs.list', 'jobs.cancel', 'jobs.pause', 'jobs.resume'],
    ...[
      'jobs.retry',
      'jobs.retryMany',
      'jobs.patch',
      'jobs.output',
      'jobs.subscribe',
      'estimates.create',
      'classes.list',
    ],
    ...['classes.get', 'classes.reset', 'workers.list', 'config.get'],
  ];
  expect(names).toEqual(expect.arrayContaining(stable));
});

test('files and pages have no method: they are for HTTP only', () => {
  for (const { route } of named) expect(route.path).toMatch(/^\/v1\//);
  for (const name of ['exportHistory', 'importHistory', 'webSocket', 'metrics', 'docs'])
    expect(named.map(({ route }) => route.name)).not.toContain(name);
});

test('no parameter of a path, query or header has the name of a field of the body', () => {
  const policy = parsePolicy();
  for (const { name, route } of named) {
    const inBody = route.body === undefined ? [] : knownFields(route.body.schema(policy), []);
    const both = namesBesideBody(route, policy).filter((each) => inBody.includes(each));
    expect(both, name).toEqual([]);
  }
});
