/** Control characters, and marks that reverse the direction of text. */
// oxlint-disable-next-line no-control-regex -- finding them is the purpose
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Foreign text for one line of a terminal: it can neither move the cursor nor look like another line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\u00b7');
}

/** Cuts text to a number of characters, the last of which is then an ellipsis. */
export function fit(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
