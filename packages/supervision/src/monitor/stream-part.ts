/** The stream that a piece of output belongs to; `text` is for handlers that have only one. */
export type OutputStream = 'stdout' | 'stderr' | 'text';

/**
 * A part of an attempt's stream that is no output of the job (output is read as it passes). `tool` comes in pieces: the first
 * one of an index names the tool, later ones add to the arguments.
 */
export type StreamPart =
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'tool'; readonly index: number; readonly name: string; readonly arguments: string }
  | { readonly kind: 'tool_result'; readonly text: string; readonly failed: boolean };
