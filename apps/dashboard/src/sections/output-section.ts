import type { OutputChunk, StoredOutput } from '@leeway/queue';
import { markup, type Markup } from '../html/markup.js';

/** The end of the output of all attempts, with standard error marked. */
export function outputSection({ chunks, truncated }: StoredOutput): Markup {
  if (chunks.length === 0) return markup`<p class="empty">No output is stored.</p>`;
  const note = truncated && markup`<p class="muted">Some output was not stored, because there was too much of it.</p>`;
  return markup`<pre class="output" tabindex="0" aria-label="Output">${chunks.map((chunk, index) => chunkText(chunk, chunks[index - 1]))}</pre>${note}`;
}

function chunkText(chunk: OutputChunk, before: OutputChunk | undefined): Markup {
  const heading = chunk.attempt !== before?.attempt && markup`<span class="attempt">attempt ${chunk.attempt}</span>`;
  return markup`${heading}<span class="${chunk.stream}">${chunk.text}</span>`;
}
