import { LeewayError, type Policy, type Problem } from '@leeway/contract';
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
import type { Caller } from '../calls/call-with-params.js';
import { problemOf, shownError } from '../http/middleware/problems.js';
import { INSTRUCTIONS } from './instructions.js';
import { perPolicy } from './per-policy.js';
import { plainSchema } from './plain-schema.js';
import { toolCall } from './tool-calls.js';
import { TOOLS } from './tools.js';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** The MCP server of one request: nothing is kept between requests, so any API process can take the next one. */
export function createMcpServer(caller: Caller, requestId: string): Server {
  const { services } = caller;
  const server = new Server(
    { name: 'leeway', title: 'Leeway', version: services.version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS, jsonSchemaValidator: NO_VALIDATOR },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: definitions(services.policy) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = TOOLS.find(({ name }) => name === params.name);
    if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, unknownTool(params.name));
    const progress = progressOf(params, extra, services.clock.monotonicMs);
    const beat = setInterval(() => progress?.('still waiting'), services.policy.api.keepAliveMs);
    try {
      const given = await tool.run(params.arguments ?? {}, toolCall({ ...caller, signal: extra.signal, progress }));
      return answer(given);
    } catch (error) {
      return refusal(problemOf(shownError(error, { log: services.log, requestId, tool: tool.name }), requestId));
    } finally {
      clearInterval(beat);
    }
  });
  return server;
}

/** What the tools look like to a client. */
const definitions = perPolicy((policy: Policy) =>
  TOOLS.map(({ name, title, description, annotations, input, output }) => ({
    ...{ name, title, annotations },
    description: description(policy),
    inputSchema: plainSchema(input(policy)) as { type: 'object' },
    outputSchema: plainSchema(z.toJSONSchema(output, { unrepresentable: 'any' })) as { type: 'object' },
  })),
);

/** Says how a call goes, if its client asked for that; each time with a larger figure, the milliseconds since it began. */
function progressOf(
  { _meta }: CallToolRequest['params'],
  extra: Extra,
  nowMs: () => number,
): ((message: string) => void) | undefined {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return undefined;
  const began = nowMs();
  let last = 0;
  return (message) => {
    last = Math.max(last + 1, Math.round(nowMs() - began));
    const params = { progressToken, progress: last, message };
    // Who has gone needs no progress.
    extra.sendNotification({ method: 'notifications/progress', params }).catch(() => {});
  };
}

function answer(structuredContent: Record<string, unknown>): CallToolResult {
  return { structuredContent, content: [{ type: 'text', text: JSON.stringify(structuredContent) }] };
}

/** A refusal is an answer that the model reads: the code, what happened, and what to do. */
function refusal(problem: Problem): CallToolResult {
  return { isError: true, content: [{ type: 'text', text: JSON.stringify(problem) }] };
}

function unknownTool(name: string): string {
  return `There is no tool "${name.slice(0, SHOWN)}". Known: ${TOOLS.map((tool) => tool.name).join(', ')}.`;
}

const SHOWN = 100;

/** The server asks its clients for nothing, so nothing of theirs has to be checked; the default one is built anew each time. */
const NO_VALIDATOR = {
  getValidator(): never {
    throw new LeewayError('internal', 'This server asks clients for nothing.');
  },
};
