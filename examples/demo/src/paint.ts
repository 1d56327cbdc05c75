/** Puts text into colours, or leaves it as it is. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const code = (number: number) => (text: string) => `\u001b[${number}m${text}\u001b[0m`;

export const COLOURS: Paint = { bold: code(1), dim: code(2), good: code(32), bad: code(31) };

const plain = (text: string) => text;

export const NO_COLOURS: Paint = { bold: plain, dim: plain, good: plain, bad: plain };
