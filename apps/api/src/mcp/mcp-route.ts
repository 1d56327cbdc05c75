import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import { defineRoute } from '../calls/route.js';
import { createMcpServer } from './mcp-server.js';

/** Any JSON: the transport of the protocol checks its messages itself. */
const messageSchema = z
  .custom<unknown>((message) => message !== undefined, 'expected a message of JSON-RPC 2.0')
  .meta({
    type: 'object',
    properties: { jsonrpc: { type: 'string', enum: ['2.0'] }, method: { type: 'string' } },
    required: ['jsonrpc', 'method'],
  });

export const mcp = defineRoute({
  method: 'POST',
  path: '/mcp',
  name: 'mcp',
  group: 'Protocols',
  summary: 'Use the tools for agents: Model Context Protocol over streamable HTTP',
  description:
    'Nothing is kept between requests. The tools submit, read, wait for and cancel jobs; each needs the scopes of the calls that it makes. A refused tool call replies with the problem document.',
  scope: 'any',
  body: { schema: () => messageSchema, example: { jsonrpc: '2.0', id: 1, method: 'tools/list' } },
  replies: {
    200: { description: 'The result, after progress notifications if requested', type: 'text/event-stream' },
    202: { description: 'A notification was accepted' },
  },
  handle(call, services) {
    const client = { services, authorization: call.header('authorization'), protocol: 'MCP' as const };
    return Promise.resolve({
      status: 200,
      async handOver(request, response) {
        const server = createMcpServer(client, String(response.getHeader('X-Request-Id')));
        const transport = new StreamableHTTPServerTransport({ keepAliveMs: services.policy.api.keepAliveMs });
        response.once('close', () => void server.close());
        await server.connect(transport);
        await transport.handleRequest(request, response, call.body);
      },
    });
  },
});
