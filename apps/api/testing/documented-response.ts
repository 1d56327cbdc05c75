import { policySchema } from '@leeway/contract';
import { expect } from 'vitest';
import { problemSchema } from '../src/calls/reply-schemas.js';
import { ROUTES } from '../src/route-table.js';
import { errorsOf } from '../src/calls/route.js';

export interface ObservedResponse {
  method: string;
  path: string;
  status: number;
  json: unknown;
}

/** Fails when an answer is not what the documents of its route say: its status, its fields, its codes. */
export function expectDocumented(answer: ObservedResponse): void {
  const { method, status, json } = answer;
  const path = answer.path.split('?')[0] ?? '';
  const literal = ROUTES.filter((each) => each.path === path);
  const here = literal.length > 0 ? literal : ROUTES.filter((each) => pattern(each.path).test(path));
  const route = here.find((each) => each.method === method);
  if (route === undefined || json === undefined) return;
  // The other protocols have a form of their own for what they refuse.
  if (route.group === 'Protocols' && Object.hasOwn(json as object, 'jsonrpc')) return;
  if (status >= 400) {
    const problem = problemSchema.strict().parse(json);
    expect(errorsOf(route), `${method} ${path} answered ${problem.code}`).toContain(problem.code);
    return;
  }
  expect(Object.keys(route.replies), `${method} ${path}`).toContain(String(status));
  const { schema } = route.replies[status] ?? {};
  if (schema !== undefined && schema !== policySchema) expect(schema.parse(json)).toEqual(json);
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
