import type { Intent, MonitorPolicy, MonitorView } from '@leeway/contract';
import { IntentMeter } from './intent-meter.js';
import { FENCE, lineIntent } from './line-intent.js';
import { RepeatedCalls } from './repeated-calls.js';
import { RepeatedText } from './repeated-text.js';
import type { StreamPart } from './stream-part.js';
import { Words } from './words.js';

/** What can be said of a stream at one moment. */
export interface Finding extends Pick<MonitorView, 'intent' | 'confidence' | 'advice' | 'reason' | 'stuck'> {
  /** There was something new a moment ago, and it does not go in circles: a reason to let it go on. */
  readonly alive: boolean;
  /** It goes in circles, and all patience is used up. */
  readonly hopeless: boolean;
}

type Channel = 'text' | 'thinking';

/**
 * Reads the stream of one attempt: text in, findings out. Pure, the time is handed in; a few kB of memory and constant
 * work for each character, whatever comes. How the text is cut into pieces makes no difference to what is found.
 */
export class StreamMonitor {
  readonly #meter: IntentMeter;
  readonly #text: RepeatedText;
  readonly #calls: RepeatedCalls;
  readonly #words: Words;
  #nowMs = 0;
  #newsMs: number | undefined;
  #channel: Channel = 'text';
  #line = '';
  #fenced = false;

  /** `patience`: so many times as patient as the rules say. */
  constructor(
    private readonly rules: MonitorPolicy,
    private readonly patience = 1,
  ) {
    this.#meter = new IntentMeter(rules);
    this.#text = new RepeatedText(rules);
    this.#calls = new RepeatedCalls(rules);
    this.#words = new Words((hash) => this.#text.word(hash, this.#nowMs));
  }

  text(text: string, nowMs: number): void {
    this.#read('text', text, nowMs);
  }

  heard(part: StreamPart, nowMs: number): void {
    switch (part.kind) {
      case 'thinking':
        return this.#read('thinking', part.text, nowMs);
      case 'tool':
        if (this.#calls.call(part, nowMs)) this.#meter.see('tool');
        if (this.#calls.circles === null) this.#newsMs = nowMs;
        return;
      case 'tool_result':
        this.#calls.result(part.text, nowMs);
        if (part.failed) this.#meter.see('error');
        if (this.#calls.circles === null) this.#newsMs = nowMs;
        return;
    }
  }

  finding(nowMs: number): Finding {
    const stuck = this.#stuck();
    const { intent, confidence } = this.#intent();
    const newsMs = Math.max(this.#newsMs ?? -Infinity, this.#text.newsMs ?? -Infinity);
    const alive = stuck === null && nowMs - newsMs <= this.rules.freshMs;
    const hopeless = stuck !== null && stuck.forMs >= this.#patienceFor(stuck.what);
    return { intent, confidence, stuck, alive, hopeless, ...advice({ intent, stuck, alive, hopeless }) };
  }

  #read(channel: Channel, text: string, nowMs: number): void {
    this.#nowMs = nowMs;
    if (channel !== this.#channel) {
      this.#words.flush();
      this.#endLine();
      this.#channel = channel;
    }
    this.#words.push(text);
    this.#readLines(text);
  }

  #readLines(text: string): void {
    const most = this.rules.lineChars;
    for (let at = 0; at < text.length;) {
      const end = text.indexOf('\n', at);
      const stop = Math.min(end < 0 ? text.length : end, at + most - this.#line.length);
      this.#line += text.slice(at, stop);
      const lineEnds = stop === end;
      if (lineEnds || this.#line.length >= most) this.#endLine();
      at = lineEnds ? stop + 1 : stop;
    }
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = '';
    if (line.trim() === '') return;
    const intent = this.#intentOf(line);
    if (FENCE.test(line)) this.#fenced = !this.#fenced;
    if (intent !== null) this.#meter.see(intent);
  }

  #intentOf(line: string): Intent | null {
    if (this.#channel === 'thinking') return 'thinking';
    if (this.#fenced || FENCE.test(line)) return 'code';
    return lineIntent(line, this.rules);
  }

  /** While no line is complete, what there is of the first one has to do. */
  #intent(): Pick<Finding, 'intent' | 'confidence'> {
    const { intent, confidence } = this.#meter;
    if (intent !== null || this.#line.trim() === '') return { intent, confidence };
    return { intent: this.#intentOf(this.#line), confidence: 0 };
  }

  #stuck(): Finding['stuck'] {
    const calls = this.#calls.circles;
    if (calls !== null) return { what: 'repeated_tool_call', forMs: Math.round(calls.forMs) };
    const text = this.#text.circles;
    return text?.enough === true ? { what: 'repeated_text', forMs: Math.round(text.forMs) } : null;
  }

  #patienceFor(what: 'repeated_text' | 'repeated_tool_call'): number {
    return this.patience * (what === 'repeated_text' ? this.rules.patienceMs : this.rules.toolPatienceMs);
  }
}

const DOING: Record<Intent, string> = {
  code: 'it writes code',
  explanation: 'it explains',
  list: 'it lists',
  thinking: 'it thinks or explores',
  tool: 'it uses tools',
  error: 'it tells of errors',
  completion: 'it closes',
  continuation: 'it announces more',
};

function advice({
  intent,
  stuck,
  alive,
  hopeless,
}: Pick<Finding, 'intent' | 'stuck' | 'alive' | 'hopeless'>): Pick<Finding, 'advice' | 'reason'> {
  if (stuck !== null) {
    const what =
      stuck.what === 'repeated_text' ? 'its text repeats itself' : 'it makes the same calls of tools again and again';
    return { advice: hopeless ? 'stop' : 'shorten', reason: what };
  }
  if (intent === 'completion')
    return {
      advice: 'shorten',
      reason: 'it closes; only its end proves that it is done, so nothing but silence is shortened',
    };
  if (!alive) return { advice: 'hold', reason: 'there was nothing new lately' };
  return {
    advice: 'extend',
    reason: intent === null ? 'there is something new' : `${DOING[intent]}, and there is something new`,
  };
}
