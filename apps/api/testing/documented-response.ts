import { policySchema } from '@leeway/contract';
import { expect } from 'vitest';
import { problemSchema } from '../src/calls/reply-schemas.js';
import { errorsOf } from '../src/calls/route.js';
import { ROUTES } from '../src/route-table.js';

export interface ObservedResponse {
  method: string;
  path: string;
  status: number;
  json: unknown;
}

/** Fails when the route of a response does not document its status, its fields or its error code. */
export function expectDocumented(response: ObservedResponse): void {
  const { method, status, json } = response;
  const path = response.path.split('?')[0] ?? '';
  const literal = ROUTES.filter((each) => each.path === path);
  const here = literal.length > 0 ? literal : ROUTES.filter((each) => pattern(each.path).test(path));
  const route = here.find((each) => each.method === method);
  if (route === undefined || json === undefined) return;
  // A protocol of its own has its own form of errors.
  if (route.group === 'Protocols' && Object.hasOwn(json as object, 'jsonrpc')) return;
  if (status >= 400) {
    const problem = problemSchema.strict().parse(json);
    expect(errorsOf(route), `the documented errors of ${method} ${path}`).toContain(problem.code);
    return;
  }
  expect(Object.keys(route.replies), `the documented statuses of ${method} ${path}`).toContain(String(status));
  const { schema } = route.replies[status] ?? {};
  if (schema !== undefined && schema !== policySchema) expect(schema.parse(json)).toEqual(json);
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
