import { markup, type Markup } from './markup.js';

/** The clock time of a moment in UTC, with the full date in the tooltip. */
export function clockTime(iso: string): Markup {
  return markup`<time datetime="${iso}" title="${iso}">${iso.slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddTHH:MM:SS'.length)}</time>`;
}

/** Date and clock time in UTC. */
export function dateTime(iso: string): Markup {
  return markup`<time datetime="${iso}" title="${iso}">${iso.slice(0, 'yyyy-mm-dd'.length)} ${iso.slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddTHH:MM:SS'.length)} UTC</time>`;
}
