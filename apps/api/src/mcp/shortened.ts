/** The share of a shortened text that is its beginning: of the output of a program, the end matters more. */
const HEAD = 1 / 3;

/**
 * The value with its long texts shortened in the middle, so that its JSON has about `maxBytes` at most. A large value
 * without long texts becomes a text.
 */
export function shortened(value: unknown, maxBytes: number): { value: unknown; changed: boolean } {
  const size = sizeOf(value);
  if (size <= maxBytes) return { value, changed: false };
  const texts = longTexts(value, maxBytes);
  const rest = size - texts.reduce((sum, [, text]) => sum + sizeOf(text), 0);
  if (texts.length > 0 && rest < maxBytes) {
    const each = Math.floor((maxBytes - rest) / texts.length);
    const short = Object.fromEntries(texts.map(([name, text]) => [name, cut(text, each)]));
    return { value: typeof value === 'string' ? short[''] : { ...(value as object), ...short }, changed: true };
  }
  return { value: cut(JSON.stringify(value), maxBytes), changed: true };
}

/** The text itself, under an empty name, or the fields of an object that hold long texts. */
function longTexts(value: unknown, maxBytes: number): [string, string][] {
  if (typeof value === 'string') return [['', value]];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return texts.filter(([, text]) => text.length > maxBytes / (texts.length + 1));
}

function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const head = Math.floor(maxBytes * HEAD);
  const left = bytes.length - maxBytes;
  // The halves of a character at the cut are dropped.
  const part = (from: number, to?: number) => bytes.subarray(from, to).toString().replaceAll('\uFFFD', '');
  return `${part(0, head)}\n[... ${left} bytes left out ...]\n${part(head + left)}`;
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
