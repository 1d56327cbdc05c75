import { LeewayError, perPolicy, type Problem } from '@leeway/contract';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type CallToolRequest,
  type CallToolResult,
  type ServerNotification,
  type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { ProtocolClient } from '../calls/call-with-params.js';
import { problemOf, reportError } from '../calls/problem.js';
import { INSTRUCTIONS } from './instructions.js';
import { toolCall } from './tool-calls.js';
import { TOOLS } from './tools.js';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** The MCP server of one request. Nothing is kept between requests, so any API process can serve the next one. */
export function createMcpServer(client: ProtocolClient, requestId: string): Server {
  const { services } = client;
  const server = new Server(
    { name: 'leeway', title: 'Leeway', version: services.version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS, jsonSchemaValidator: NO_VALIDATOR },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: definitions(services.policy) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = TOOLS.find(({ name }) => name === params.name);
    if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, unknownTool(params.name));
    const progress = progressOf(params, extra, services.clock.monotonicMs);
    const keepAlive = setInterval(() => progress?.('still waiting'), services.policy.api.keepAliveMs);
    try {
      return result(await tool.run(params.arguments ?? {}, toolCall({ ...client, signal: extra.signal, progress })));
    } catch (error) {
      return refusal(problemOf(reportError(error, { log: services.log, requestId, tool: tool.name }), requestId));
    } finally {
      clearInterval(keepAlive);
    }
  });
  return server;
}

/** The tools as the protocol lists them. */
const definitions = perPolicy((policy) =>
  TOOLS.map(({ name, title, description, annotations, input, output }) => ({
    ...{ name, title, annotations },
    description: description(policy),
    inputSchema: withoutPatterns(input(policy)) as { type: 'object' },
    outputSchema: withoutPatterns(z.toJSONSchema(output, { unrepresentable: 'any' })) as { type: 'object' },
  })),
);

/** A JSON Schema without the patterns of values that have a format: a model pays for every word of them. */
function withoutPatterns(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutPatterns);
  if (schema === null || typeof schema !== 'object') return schema;
  const entries = Object.entries(schema).filter(([name]) => name !== 'pattern' || !('format' in schema));
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutPatterns(value)]));
}

/** Sends progress notifications, if the client asked for them. Their figure is the time since the call began, in ms. */
function progressOf(
  { _meta }: CallToolRequest['params'],
  extra: Extra,
  nowMs: () => number,
): ((message: string) => void) | undefined {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return undefined;
  const beganMs = nowMs();
  let last = 0;
  return (message) => {
    // The protocol wants a larger figure each time.
    last = Math.max(last + 1, Math.round(nowMs() - beganMs));
    const params = { progressToken, progress: last, message };
    // Fails only when the client has disconnected.
    extra.sendNotification({ method: 'notifications/progress', params }).catch(() => {});
  };
}

function result(structuredContent: Record<string, unknown>): CallToolResult {
  return { structuredContent, content: [{ type: 'text', text: JSON.stringify(structuredContent) }] };
}

/** A refusal as a result that the model reads, not as an error of the protocol. */
function refusal(problem: Problem): CallToolResult {
  return { isError: true, content: [{ type: 'text', text: JSON.stringify(problem) }] };
}

function unknownTool(name: string): string {
  return `There is no tool "${name.slice(0, SHOWN)}". Known: ${TOOLS.map((tool) => tool.name).join(', ')}.`;
}

const SHOWN = 100;

/** The server sends no requests to clients, so it has no replies to validate. The default validator is built at each request. */
const NO_VALIDATOR = {
  getValidator(): never {
    throw new LeewayError('internal', 'The MCP server sends no requests to clients.');
  },
};
