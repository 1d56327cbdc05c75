const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** A longer word counts as several: base64, rows of dots, languages without spaces. In characters. */
const MAX_WORD_CHARS = 32;

/** One more character of a text, in a 32-bit hash (FNV-1a over UTF-16 units). */
export function hashUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, FNV_PRIME) >>> 0;
}

export function hashText(text: string, hash = FNV_OFFSET): number {
  let at = hash;
  for (let i = 0; i < text.length; i += 1) at = hashUnit(at, text.charCodeAt(i));
  return at;
}

export { FNV_OFFSET as EMPTY_HASH };

/** Splits a text that comes in pieces into words, and keeps only their hashes. */
export class Words {
  private hash = FNV_OFFSET;
  private length = 0;

  constructor(private readonly onWord: (hash: number) => void) {}

  push(text: string): void {
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i);
      if (isSpace(unit)) this.flush();
      else {
        this.hash = hashUnit(this.hash, unit);
        this.length += 1;
        if (this.length === MAX_WORD_CHARS) this.flush();
      }
    }
  }

  /** Ends the word that has begun. */
  flush(): void {
    if (this.length === 0) return;
    const hash = this.hash;
    this.hash = FNV_OFFSET;
    this.length = 0;
    this.onWord(hash);
  }
}

const SPACE = 0x20;
const NO_BREAK_SPACE = 0xa0;
const IDEOGRAPHIC_SPACE = 0x3000;

function isSpace(unit: number): boolean {
  return unit <= SPACE || unit === NO_BREAK_SPACE || unit === IDEOGRAPHIC_SPACE;
}
