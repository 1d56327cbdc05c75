/** Control characters, and the marks that reverse the direction of text. */
// oxlint-disable-next-line no-control-regex -- finding them is the purpose
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of somebody else, safe on one line of a terminal: it can neither move the cursor nor pretend to be another line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\u00b7');
}

/** Cuts to a number of characters, with an ellipsis as the last one. */
export function fit(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
