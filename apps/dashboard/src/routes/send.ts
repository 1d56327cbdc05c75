import { ERRORS, type ErrorCode } from '@leeway/contract';
import type { Response } from 'express';
import type { Markup } from '../html/markup.js';

/** A page; with an error code it has that error's status and is a page all the same. */
export function sendPage(response: Response, html: string, code?: ErrorCode): void {
  response.status(code === undefined ? 200 : ERRORS[code].status);
  response.set('Cache-Control', 'no-store').type('html').send(html);
}

export interface News {
  parts: Record<string, Markup>;
  /** Nothing will change any more: the page can stop asking. */
  complete: boolean;
}

/** What an open page asks for every second: its changing parts, by name. */
export function sendParts(response: Response, { parts, complete }: News): void {
  const texts = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.text]));
  response.set('Cache-Control', 'no-store').json({ complete, parts: texts });
}
