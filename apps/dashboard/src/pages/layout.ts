import { markup, type Markup, type MarkupValue } from '../html/markup.js';

export interface PageOptions {
  title: string;
  /** The entry of the navigation for this page. */
  current: 'overview' | 'jobs' | 'job' | 'none';
  /** Address that the page requests updates from, once a second; null: the page does not change. */
  pollPath: string | null;
  body: MarkupValue;
}

const NAVIGATION = [
  { name: 'overview', path: '/', text: 'Overview' },
  { name: 'jobs', path: '/jobs', text: 'Jobs' },
  { name: 'board', path: '/board/', text: 'Bull Board' },
] as const;

/** A whole HTML document, with scripts and styles of this server only. */
export function page(options: PageOptions): string {
  const { title, current, pollPath, body } = options;
  const document = markup`<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${title} · Leeway</title><link rel="icon" href="/assets/leeway.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/page.css"><script type="module" src="/assets/live.js"></script></head>
<body${pollPath !== null && markup` data-poll="${pollPath}"`}><a class="skip" href="#main">Skip to the content</a>
<header><a class="brand" href="/"><img src="/assets/leeway.svg" alt="" width="26" height="26">Leeway</a>
<nav aria-label="Pages">${NAVIGATION.map((entry) => navigationLink(entry, current))}</nav>
${pollPath !== null && markup`<p class="pulse" data-pulse hidden><span class="dot" aria-hidden="true"></span><span data-pulse-text>live</span></p>`}</header>
<div class="outage" role="alert" data-outage hidden></div>
<main id="main">${body}</main></body></html>`;
  return `<!doctype html>\n${document.text}`;
}

function navigationLink(entry: (typeof NAVIGATION)[number], current: PageOptions['current']): Markup {
  return markup`<a href="${entry.path}"${entry.name === current && markup` aria-current="page"`}>${entry.text}</a>`;
}

/** A part of a page that is replaced by its updates. */
export function livePart(name: string, content: MarkupValue): Markup {
  return markup`<div data-part="${name}">${content}</div>`;
}
