import { LeewayError } from '@leeway/contract';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import { createMcpServer } from './mcp-server.js';
import { defineRoute } from '../calls/route.js';

const messageSchema = z.looseObject({ jsonrpc: z.literal('2.0'), method: z.string() });

export const mcp = defineRoute({
  method: 'POST',
  path: '/mcp',
  name: 'mcp',
  group: 'Protocols',
  summary: 'Tools for agents: Model Context Protocol over streamable HTTP',
  description:
    'Nothing is kept between requests. The tools submit, wait for, look at and cancel jobs; each needs the scope of the calls that it makes. What a tool is refused comes back as its answer, with the problem document.',
  scope: 'any',
  body: { schema: () => messageSchema, example: { jsonrpc: '2.0', id: 1, method: 'tools/list' } },
  replies: {
    200: { description: 'The answer, after progress where it was asked for', type: 'text/event-stream' },
    202: { description: 'A notification was taken' },
  },
  async handle(call, services) {
    if (call.body === undefined)
      throw new LeewayError('invalid_request', 'Expected a message of JSON-RPC as the body.');
    const caller = { services, authorization: call.header('authorization'), protocol: 'MCP' as const };
    return {
      status: 200,
      async handOver(request, response) {
        const server = createMcpServer(caller, String(response.getHeader('X-Request-Id')));
        const transport = new StreamableHTTPServerTransport({ keepAliveMs: services.policy.api.keepAliveMs });
        // Whoever has gone waits for nothing any more.
        response.once('close', () => void server.close());
        await server.connect(transport);
        await transport.handleRequest(request, response, call.body);
      },
    };
  },
});
