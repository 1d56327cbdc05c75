import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Progress } from '@modelcontextprotocol/sdk/types.js';

export interface ToolResult {
  isError: boolean;
  /** The structured content, for programs. */
  json: any;
  /** The text content, for models, parsed as JSON. */
  text: any;
}

export interface McpClient {
  readonly client: Client;
  tool(name: string, args?: Record<string, unknown>, onProgress?: (progress: Progress) => void): Promise<ToolResult>;
  close(): Promise<void>;
}

/** The client of the SDK, connected. It checks structured results against the schemas that the server lists. */
export async function connectMcp(url: string, headers: Record<string, string> = {}): Promise<McpClient> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers } }));
  await client.listTools();
  return {
    client,
    async tool(name, args = {}, onprogress) {
      const result = await client.callTool({ name, arguments: args }, undefined, onprogress && { onprogress });
      const [{ text = '' } = {}] = result.content as { text?: string }[];
      return { isError: result.isError === true, json: result.structuredContent, text: JSON.parse(text) };
    },
    close: () => client.close(),
  };
}
