import { ERRORS, type ErrorCode } from '@leeway/contract';
import type { Response } from 'express';
import type { Markup } from '../html/markup.js';

/** Sends a page; with an error code under the status of that error. */
export function sendPage(response: Response, html: string, code?: ErrorCode): void {
  response.status(code === undefined ? 200 : ERRORS[code].status);
  response.set('Cache-Control', 'no-store').type('html').send(html);
}

export interface PageUpdate {
  parts: Record<string, Markup>;
  /** True: nothing will change any more, so the page stops its requests. */
  complete: boolean;
}

/** Sends the changing parts of a page, by name; an open page requests them once a second. */
export function sendParts(response: Response, { parts, complete }: PageUpdate): void {
  const texts = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.text]));
  response.set('Cache-Control', 'no-store').json({ complete, parts: texts });
}
