/** A server-sent event, as the HTML standard defines it. */
export interface SseEvent {
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
  /** Last `id` seen so far; empty: none. */
  readonly lastEventId: string;
}

/** A line or an event grew beyond what the reader is willing to hold. */
export class SseTooLargeError extends Error {
  constructor(readonly maxChars: number) {
    super(`a line or event of the stream is longer than ${maxChars} characters`);
    this.name = 'SseTooLargeError';
  }
}

const LINE_END = /\r\n|\n|\r/g;

/**
 * Reads an event stream piece by piece, however it is cut. Lines end with CR, LF or CRLF; comments and unknown fields
 * are skipped; an event that its blank line never came for is not an event.
 */
export class SseParser {
  // Removes a byte order mark at the start, holds back halves of characters, and turns wrong bytes into U+FFFD.
  readonly #decoder = new TextDecoder('utf-8');
  readonly #maxChars: number;
  #pending = '';
  #endedWithCr = false;
  #type = '';
  #data: string[] = [];
  #dataChars = 0;
  #lastEventId = '';

  /** `maxChars`: longest line, and longest data of one event, in UTF-16 units. */
  constructor(options: { maxChars: number }) {
    this.#maxChars = options.maxChars;
  }

  /** The events that these bytes complete. Throws SseTooLargeError. */
  push(bytes: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    for (const line of this.#lines(this.#decoder.decode(bytes, { stream: true }))) {
      const event = line === '' ? this.#dispatch() : this.#field(line);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  /** Complete lines; the rest is kept for the next piece. */
  *#lines(decoded: string): Generator<string> {
    let text = decoded;
    // A piece that ends with CR was a complete line already; an LF in front of the next one belongs to it.
    if (this.#endedWithCr && text !== '') {
      this.#endedWithCr = false;
      if (text.startsWith('\n')) text = text.slice(1);
    }
    let start = 0;
    for (const end of text.matchAll(LINE_END)) {
      const line = this.#pending + text.slice(start, end.index);
      this.#pending = '';
      start = end.index + end[0].length;
      if (end[0] === '\r' && start === text.length) this.#endedWithCr = true;
      this.#check(line.length);
      yield line;
    }
    this.#pending += text.slice(start);
    this.#check(this.#pending.length);
  }

  #field(line: string): undefined {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') {
      this.#dataChars += value.length + 1;
      this.#check(this.#dataChars - 1);
      this.#data.push(value);
    }
    if (name === 'event') this.#type = value;
    if (name === 'id' && !value.includes('\0')) this.#lastEventId = value;
  }

  #dispatch(): SseEvent | undefined {
    const event = { type: this.#type || 'message', data: this.#data.join('\n'), lastEventId: this.#lastEventId };
    const empty = this.#data.length === 0;
    this.#type = '';
    this.#data = [];
    this.#dataChars = 0;
    return empty ? undefined : event;
  }

  #check(chars: number): void {
    if (chars > this.#maxChars) throw new SseTooLargeError(this.#maxChars);
  }
}
