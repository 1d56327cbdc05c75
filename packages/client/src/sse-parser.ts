/** One server-sent event as it came over the line. */
export interface ServerEvent {
  /** The last id seen so far, this event's own or an earlier one's; empty: none yet. */
  id: string;
  /** `message` when the server named none. */
  type: string;
  data: string;
}

const MAX_EVENT_CHARS = 32 * 1024 * 1024;

/**
 * Reads `text/event-stream` as the HTML standard describes it: any cut between chunks, also inside a character; LF, CR or
 * CRLF; data of several lines; comments; a leading byte order mark. An event that breaks off at the end is dropped.
 */
export class SseParser {
  #decoder = new TextDecoder();
  /** The line that has not ended yet, in pieces: joined once, or a long one would be read again with every chunk. */
  #rest: string[] = [];
  #restChars = 0;
  #skipLineFeed = false;
  #id = '';
  #type = '';
  #data: string[] = [];
  #chars = 0;

  /** Milliseconds the server asks to wait before a reconnect; undefined: it did not say. */
  retryMs: number | undefined;

  /** Throws RangeError when one event grows beyond 32 million characters. */
  push(chunk: Uint8Array): ServerEvent[] {
    let text = this.#decoder.decode(chunk, { stream: true });
    if (this.#skipLineFeed && text !== '') {
      // The CR that ended the last chunk has ended its line; an LF right after it belongs to it.
      if (text.startsWith('\n')) text = text.slice(1);
      this.#skipLineFeed = false;
    }
    if (text.endsWith('\r')) this.#skipLineFeed = true;
    const lines = text.split(/\r\n|\r|\n/);
    const last = lines.pop() as string;
    if (lines.length > 0) lines[0] = this.#takeRest() + (lines[0] as string);
    this.#rest.push(last);
    this.#restChars += last.length;
    if (this.#restChars + this.#chars > MAX_EVENT_CHARS)
      throw new RangeError(`an event is longer than ${MAX_EVENT_CHARS} characters`);
    return lines.flatMap((line) => this.#line(line));
  }

  #takeRest(): string {
    const rest = this.#rest.join('');
    this.#rest = [];
    this.#restChars = 0;
    return rest;
  }

  #line(line: string): ServerEvent[] {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return [];
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    this.#field(name, value);
    return [];
  }

  #field(name: string, value: string): void {
    if (name === 'data') {
      this.#data.push(value);
      this.#chars += value.length;
    } else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch(): ServerEvent[] {
    const event = { id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') };
    const empty = this.#data.length === 0;
    this.#type = '';
    this.#data = [];
    this.#chars = 0;
    return empty ? [] : [event];
  }
}
