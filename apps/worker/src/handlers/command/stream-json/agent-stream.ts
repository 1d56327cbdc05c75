import type { HandlerContext } from '../../handler.js';
import { Lines } from '../lines.js';
import { type AgentFact, type AgentResult, readAgentEvent } from './agent-event.js';

export interface AgentStreamParts {
  context: HandlerContext;
  /** Whether thinking counts as first output and as activity. */
  countThinking: boolean;
  /** Longest line that is read, in characters; longer ones are left out. */
  maxLineChars: number;
  /** The agent has said that it is done. */
  onResult: (result: AgentResult) => void;
}

/** Tools that run at once; one more is not waited for. */
const TOOLS_MOST = 64;

/**
 * Listens to an agent that prints one JSON event a line: its text becomes the output of the job, its tools stop the idle
 * clock, its last event says that it is done. Lines that are no JSON are output as they are.
 */
export class AgentStream {
  readonly #lines: Lines;
  readonly #tools = new Set<string>();
  /** Brought by deltas: the whole that follows says it again. */
  readonly #told = { text: false, thinking: false };
  #spoke = false;
  #calls = 0;
  #result: AgentResult | null = null;

  constructor(private readonly parts: AgentStreamParts) {
    this.#lines = new Lines(parts.maxLineChars);
  }

  /** Null: it has not said that it is done. */
  get result(): AgentResult | null {
    return this.#result;
  }

  push(chunk: Uint8Array): void {
    for (const line of this.#lines.push(chunk)) this.#take(line);
  }

  end(): void {
    for (const line of this.#lines.end()) this.#take(line);
  }

  #take(line: string): void {
    const facts = readAgentEvent(line);
    if (facts === undefined && line.trim() !== '') this.parts.context.output(`${line}\n`, 'stdout');
    for (const fact of facts ?? []) this.#apply(fact);
  }

  #apply(fact: AgentFact): void {
    const { context, onResult } = this.parts;
    // Whoever works does not wait for a person any more.
    if (fact.kind !== 'waiting') context.waiting(false);
    switch (fact.kind) {
      case 'text':
        return this.#speak(fact);
      case 'thinking':
        return this.#think(fact);
      case 'tool_piece':
        return this.#showLife();
      case 'tool_use':
        return this.#useTool(fact);
      case 'tool_result':
        return this.#endTool(fact);
      case 'waiting':
        context.waiting(true, fact.reason);
        return;
      case 'resumed':
        return;
      case 'phase':
        context.phase(fact.name);
        return;
      case 'result':
        this.#result ??= fact.result;
        this.#tools.clear();
        context.tool(false);
        return onResult(this.#result);
    }
  }

  #speak({ text, whole }: Extract<AgentFact, { kind: 'text' | 'thinking' }>): void {
    this.#spoke = true;
    const said = whole && this.#told.text;
    this.#told.text = !whole;
    this.parts.context.output(said ? '\n' : whole ? `${text}\n` : text, 'text');
  }

  #think({ text, whole }: Extract<AgentFact, { kind: 'text' | 'thinking' }>): void {
    const said = whole && this.#told.thinking;
    this.#told.thinking = !whole;
    if (!said) this.parts.context.heard({ kind: 'thinking', text });
    if (this.parts.countThinking) this.#showLife();
  }

  #useTool({ id, name, arguments: given }: Extract<AgentFact, { kind: 'tool_use' }>): void {
    const { context } = this.parts;
    this.#showLife();
    context.heard({ kind: 'tool', index: this.#calls, name, arguments: given });
    this.#calls += 1;
    if (id === '' || this.#tools.size >= TOOLS_MOST) return;
    this.#tools.add(id);
    context.tool(true);
  }

  #endTool({ id, text, failed }: Extract<AgentFact, { kind: 'tool_result' }>): void {
    const { context } = this.parts;
    context.heard({ kind: 'tool_result', text, failed });
    this.#showLife();
    if (this.#tools.delete(id) && this.#tools.size === 0) context.tool(false);
  }

  /** Stops the first-output clock as well, and stores nothing. */
  #showLife(): void {
    if (!this.#spoke) this.parts.context.output('', 'text');
    this.#spoke = true;
    this.parts.context.activity();
  }
}
