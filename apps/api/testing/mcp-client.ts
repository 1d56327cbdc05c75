import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Progress } from '@modelcontextprotocol/sdk/types.js';

export interface ToolAnswer {
  isError: boolean;
  /** What a program reads. */
  json: any;
  /** What a model reads, as JSON. */
  text: any;
}

export interface McpClient {
  readonly client: Client;
  tool(name: string, args?: Record<string, unknown>, progress?: (progress: Progress) => void): Promise<ToolAnswer>;
  close(): Promise<void>;
}

/** The SDK's own client, connected. It checks structured answers against the schemas that the server lists. */
export async function connectMcp(url: string, headers: Record<string, string> = {}): Promise<McpClient> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers } }));
  await client.listTools();
  return {
    client,
    async tool(name, args = {}, onprogress) {
      const answer = await client.callTool({ name, arguments: args }, undefined, onprogress && { onprogress });
      const [{ text = '' } = {}] = answer.content as { text?: string }[];
      return { isError: answer.isError === true, json: answer.structuredContent, text: JSON.parse(text) };
    },
    close: () => client.close(),
  };
}
