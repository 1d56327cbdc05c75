/**
 * Something that the stream of an attempt said, for whoever reads it. Text that is output of the job is not among them:
 * it is read as it passes. `tool` comes in pieces: the first one of an index names it, later ones add to the arguments.
 */
export type StreamPart =
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'tool'; readonly index: number; readonly name: string; readonly arguments: string }
  | { readonly kind: 'tool_result'; readonly text: string; readonly failed: boolean };
