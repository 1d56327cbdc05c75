import type { HandlerContext } from '../../handler.js';
import { Lines } from '../lines.js';
import { type AgentFact, type AgentResult, readAgentEvent } from './agent-event.js';

export interface AgentStreamOptions {
  context: HandlerContext;
  /** Whether thinking counts as first output and as activity. */
  countThinking: boolean;
  /** Longest line that is read, in characters; longer ones are left out. */
  maxLineChars: number;
  /** The agent has reported the end of its work. */
  onResult: (result: AgentResult) => void;
}

/** Tools that run at once; further ones do not pause the idle clock. */
const MAX_RUNNING_TOOLS = 64;

type TextFact = Extract<AgentFact, { kind: 'text' | 'thinking' }>;

/**
 * Reads the output of an agent that prints one JSON event a line: its text becomes the output of the job, its tools pause the
 * idle clock, its closing event reports the end of its work. Lines that are no JSON are output unchanged.
 */
export class AgentStream {
  private readonly lines: Lines;
  private readonly runningTools = new Set<string>();
  /** The last text came as deltas: the whole text after them repeats it. */
  private readonly hadDeltas = { text: false, thinking: false };
  private hadOutput = false;
  private toolCalls = 0;
  private closing: AgentResult | null = null;

  constructor(private readonly options: AgentStreamOptions) {
    this.lines = new Lines(options.maxLineChars);
  }

  /** Null before the closing event. */
  get result(): AgentResult | null {
    return this.closing;
  }

  push(chunk: Uint8Array): void {
    for (const line of this.lines.push(chunk)) this.read(line);
  }

  end(): void {
    for (const line of this.lines.end()) this.read(line);
  }

  private read(line: string): void {
    const facts = readAgentEvent(line);
    if (facts === undefined && line.trim() !== '') this.options.context.output(`${line}\n`, 'stdout');
    for (const fact of facts ?? []) this.apply(fact);
  }

  private apply(fact: AgentFact): void {
    const { context, onResult } = this.options;
    // An agent that works is not waiting for a person any more, whether it has printed `resumed` or not.
    if (fact.kind !== 'waiting') context.waiting(false);
    switch (fact.kind) {
      case 'text':
        return this.addText(fact);
      case 'thinking':
        return this.addThinking(fact);
      case 'tool_piece':
        return this.activity();
      case 'tool_use':
        return this.startTool(fact);
      case 'tool_result':
        return this.endTool(fact);
      case 'waiting':
        context.waiting(true, fact.reason);
        return;
      case 'resumed':
        return;
      case 'phase':
        context.phase(fact.name);
        return;
      case 'result':
        this.closing ??= fact.result;
        this.runningTools.clear();
        context.tool(false);
        return onResult(this.closing);
    }
  }

  private addText({ text, whole }: TextFact): void {
    this.hadOutput = true;
    const isRepeated = whole && this.hadDeltas.text;
    this.hadDeltas.text = !whole;
    this.options.context.output(isRepeated ? '\n' : whole ? `${text}\n` : text, 'text');
  }

  private addThinking({ text, whole }: TextFact): void {
    const isRepeated = whole && this.hadDeltas.thinking;
    this.hadDeltas.thinking = !whole;
    if (!isRepeated) this.options.context.streamPart({ kind: 'thinking', text });
    if (this.options.countThinking) this.activity();
  }

  private startTool({ id, name, arguments: given }: Extract<AgentFact, { kind: 'tool_use' }>): void {
    const { context } = this.options;
    this.activity();
    context.streamPart({ kind: 'tool', index: this.toolCalls, name, arguments: given });
    this.toolCalls += 1;
    if (id === '' || this.runningTools.size >= MAX_RUNNING_TOOLS) return;
    this.runningTools.add(id);
    context.tool(true);
  }

  private endTool({ id, text, failed }: Extract<AgentFact, { kind: 'tool_result' }>): void {
    const { context } = this.options;
    context.streamPart({ kind: 'tool_result', text, failed });
    this.activity();
    if (this.runningTools.delete(id) && this.runningTools.size === 0) context.tool(false);
  }

  /** Empty output stops the first-output clock and stores nothing. */
  private activity(): void {
    if (!this.hadOutput) this.options.context.output('', 'text');
    this.hadOutput = true;
    this.options.context.activity();
  }
}
