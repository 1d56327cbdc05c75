/** Which stream a piece of output belongs to; `text` is for handlers that have only one. */
export type OutputStream = 'stdout' | 'stderr' | 'text';
