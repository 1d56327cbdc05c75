import type { Intent, MonitorPolicy, MonitorView } from '@leeway/contract';
import { IntentMeter } from './intent-meter.js';
import { FENCE, lineIntent } from './line-intent.js';
import { RepeatedCalls } from './repeated-calls.js';
import { RepeatedText } from './repeated-text.js';
import type { StreamPart } from './stream-part.js';
import { Words } from './words.js';

/** The state of a stream at one moment. */
export interface Finding extends Pick<MonitorView, 'intent' | 'confidence' | 'advice' | 'reason' | 'stuck'> {
  /** There was something new a moment ago, and the stream does not repeat itself: a reason for more time. */
  readonly fresh: boolean;
  /** The stream has repeated itself for longer than the policy allows. */
  readonly outOfPatience: boolean;
}

/** Age of the last news from which a deadline is not moved any more: between two thoughts of a model at work there is less. */
export const FRESH_MS = 15_000;
/** Text without line ends is judged in pieces of two or three sentences. */
const LINE_CHARS = 240;

type Channel = 'text' | 'thinking';

/**
 * Reads the stream of one attempt: text in, findings out. Pure, the time is handed in; a few kB of memory and constant
 * work for each character, whatever comes. How the text is cut into pieces makes no difference to what is found.
 */
export class StreamMonitor {
  private readonly meter = new IntentMeter();
  private readonly repeatedText = new RepeatedText();
  private readonly calls = new RepeatedCalls();
  private readonly words: Words;
  private nowMs = 0;
  private lastNewMs: number | undefined;
  private channel: Channel = 'text';
  private line = '';
  private fenced = false;

  /** `patience`: a factor for the patience of the rules. */
  constructor(
    private readonly rules: Pick<MonitorPolicy, 'patienceMs' | 'toolPatienceMs'>,
    private readonly patience = 1,
  ) {
    this.words = new Words((hash) => this.repeatedText.word(hash, this.nowMs));
  }

  text(text: string, nowMs: number): void {
    this.read('text', text, nowMs);
  }

  streamPart(part: StreamPart, nowMs: number): void {
    switch (part.kind) {
      case 'thinking':
        return this.read('thinking', part.text, nowMs);
      case 'tool':
        if (this.calls.call(part, nowMs)) this.meter.add('tool');
        if (this.calls.repetition === null) this.lastNewMs = nowMs;
        return;
      case 'tool_result':
        this.calls.result(part.text, nowMs);
        if (part.failed) this.meter.add('error');
        if (this.calls.repetition === null) this.lastNewMs = nowMs;
        return;
    }
  }

  finding(nowMs: number): Finding {
    const stuck = this.stuck();
    const { intent, confidence } = this.currentIntent();
    const lastNewMs = Math.max(this.lastNewMs ?? -Infinity, this.repeatedText.lastNewMs ?? -Infinity);
    const fresh = stuck === null && nowMs - lastNewMs <= FRESH_MS;
    const outOfPatience = stuck !== null && stuck.forMs >= this.patienceFor(stuck.what);
    return { intent, confidence, stuck, fresh, outOfPatience, ...advice({ intent, stuck, fresh, outOfPatience }) };
  }

  private read(channel: Channel, text: string, nowMs: number): void {
    this.nowMs = nowMs;
    if (channel !== this.channel) {
      this.words.flush();
      this.endLine();
      this.channel = channel;
    }
    this.words.push(text);
    this.readLines(text);
  }

  private readLines(text: string): void {
    const most = LINE_CHARS;
    for (let at = 0; at < text.length;) {
      const end = text.indexOf('\n', at);
      const stop = Math.min(end < 0 ? text.length : end, at + most - this.line.length);
      this.line += text.slice(at, stop);
      const lineEnds = stop === end;
      if (lineEnds || this.line.length >= most) this.endLine();
      at = lineEnds ? stop + 1 : stop;
    }
  }

  private endLine(): void {
    const line = this.line;
    this.line = '';
    if (line.trim() === '') return;
    const intent = this.intentOf(line);
    if (FENCE.test(line)) this.fenced = !this.fenced;
    if (intent !== null) this.meter.add(intent);
  }

  private intentOf(line: string): Intent | null {
    if (this.channel === 'thinking') return 'thinking';
    if (this.fenced || FENCE.test(line)) return 'code';
    return lineIntent(line);
  }

  /** Before the first line is complete, the part of it that has come is judged. */
  private currentIntent(): Pick<Finding, 'intent' | 'confidence'> {
    const { intent, confidence } = this.meter;
    if (intent !== null || this.line.trim() === '') return { intent, confidence };
    return { intent: this.intentOf(this.line), confidence: 0 };
  }

  private stuck(): Finding['stuck'] {
    const calls = this.calls.repetition;
    if (calls !== null) return { what: 'repeated_tool_call', forMs: Math.round(calls.forMs) };
    const text = this.repeatedText.repetition;
    return text?.enough === true ? { what: 'repeated_text', forMs: Math.round(text.forMs) } : null;
  }

  private patienceFor(what: 'repeated_text' | 'repeated_tool_call'): number {
    return this.patience * (what === 'repeated_text' ? this.rules.patienceMs : this.rules.toolPatienceMs);
  }
}

const DOING: Record<Intent, string> = {
  code: 'it writes code',
  explanation: 'it explains',
  list: 'it lists',
  thinking: 'it thinks or explores',
  tool: 'it uses tools',
  error: 'it reports errors',
  completion: 'it sums up',
  continuation: 'it announces a next step',
};

function advice({
  intent,
  stuck,
  fresh,
  outOfPatience,
}: Pick<Finding, 'intent' | 'stuck' | 'fresh' | 'outOfPatience'>): Pick<Finding, 'advice' | 'reason'> {
  if (stuck !== null) {
    const what =
      stuck.what === 'repeated_text' ? 'its text repeats itself' : 'it makes the same tool calls again and again';
    return { advice: outOfPatience ? 'stop' : 'shorten', reason: what };
  }
  if (intent === 'completion')
    return {
      advice: 'shorten',
      reason: 'it sums up; only its end proves that it is done, so nothing but silence is shortened',
    };
  if (!fresh) return { advice: 'keep', reason: 'there was nothing new lately' };
  return {
    advice: 'extend',
    reason: intent === null ? 'there is something new' : `${DOING[intent]}, and there is something new`,
  };
}
