/** A part of an agent's event that matters to the job. */
export type AgentFact =
  /** `whole`: the complete text, whose deltas may have come before. */
  | { readonly kind: 'text' | 'thinking'; readonly text: string; readonly whole: boolean }
  | { readonly kind: 'tool_use'; readonly id: string; readonly name: string; readonly arguments: string }
  /** A piece of the arguments of the next tool call. */
  | { readonly kind: 'tool_piece' }
  | { readonly kind: 'tool_result'; readonly id: string; readonly text: string; readonly failed: boolean }
  | { readonly kind: 'waiting'; readonly reason: string | undefined }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'phase'; readonly name: string | undefined }
  | { readonly kind: 'result'; readonly result: AgentResult };

/** The closing event of an agent. */
export interface AgentResult {
  readonly failed: boolean;
  /** E.g. `success`, `error_max_turns`. */
  readonly subtype: string | null;
  readonly text: string | null;
  readonly turns: number | null;
  /** Token counts in the agent's own form. */
  readonly usage: Record<string, unknown> | null;
  readonly costUsd: number | null;
}

type Fields = Record<string, unknown>;

/**
 * Reads one line of the format "stream-json" of agent command lines: objects with a `type` of `assistant`, `user`, `stream_event`
 * or `result`, and content blocks of `text`, `thinking`, `tool_use` and `tool_result`; and three types of Leeway's own: `waiting`,
 * `resumed` and `phase`. Other types have no facts. Undefined: the line is no JSON object.
 */
export function readAgentEvent(line: string): readonly AgentFact[] | undefined {
  const event = parseObject(line);
  if (event === undefined) return undefined;
  switch (event['type']) {
    case 'assistant':
      return blocksOf(event).flatMap(assistantFact);
    case 'user':
      return blocksOf(event).flatMap(resultFact);
    case 'stream_event':
      return deltaFact(objectOf(event['event']));
    case 'result':
      return [{ kind: 'result', result: agentResult(event) }];
    case 'waiting':
      return [{ kind: 'waiting', reason: textOf(event['reason']) || undefined }];
    case 'resumed':
      return [{ kind: 'resumed' }];
    case 'phase':
      return [{ kind: 'phase', name: textOf(event['name']) || undefined }];
    default:
      return [];
  }
}

function blocksOf(event: Fields): Fields[] {
  const { content } = objectOf(event['message']) ?? event;
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  return blocks.map(objectOf).filter((block) => block !== undefined);
}

/** An empty text is no fact. */
function assistantFact(block: Fields): AgentFact[] {
  const { type } = block;
  if (type === 'tool_use')
    return [
      {
        kind: 'tool_use',
        id: textOf(block['id']),
        name: textOf(block['name']),
        arguments: JSON.stringify(block['input'] ?? null),
      },
    ];
  if (type !== 'text' && type !== 'thinking') return [];
  const text = textOf(block[type]);
  return text === '' ? [] : [{ kind: type, text, whole: true }];
}

function resultFact(block: Fields): AgentFact[] {
  if (block['type'] !== 'tool_result') return [];
  const { content } = block;
  const text = typeof content === 'string' ? content : JSON.stringify(content ?? null);
  return [{ kind: 'tool_result', id: textOf(block['tool_use_id']), text, failed: block['is_error'] === true }];
}

function deltaFact(event: Fields | undefined): AgentFact[] {
  const delta = objectOf(event?.['delta']) ?? {};
  const [text, thinking, json] = [delta['text'], delta['thinking'], delta['partial_json']].map(textOf);
  if (text) return [{ kind: 'text', text, whole: false }];
  if (thinking) return [{ kind: 'thinking', text: thinking, whole: false }];
  return json ? [{ kind: 'tool_piece' }] : [];
}

/** Stored characters of the closing event: its text, its token counts as JSON, and its subtype. */
const MAX_TEXT_CHARS = 32 * 1024;
const MAX_USAGE_CHARS = 4 * 1024;
const MAX_SUBTYPE_CHARS = 100;

function agentResult(event: Fields): AgentResult {
  const subtype = textOf(event['subtype']) || null;
  const usage = objectOf(event['usage']);
  return {
    failed: event['is_error'] === true || subtype?.startsWith('error') === true,
    subtype: subtype?.slice(0, MAX_SUBTYPE_CHARS) ?? null,
    text: textOf(event['result']).slice(0, MAX_TEXT_CHARS) || null,
    turns: numberOf(event['num_turns']),
    usage: usage !== undefined && JSON.stringify(usage).length <= MAX_USAGE_CHARS ? usage : null,
    costUsd: numberOf(event['total_cost_usd']),
  };
}

function parseObject(line: string): Fields | undefined {
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Fields | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
