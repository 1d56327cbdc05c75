import type { RequestHandler } from 'express';

const FOREIGN_FONTS = /<link[^>]+fonts\.googleapis\.com[^>]*>/g;

/** Bull Board's page asks another site for fonts. Without that link it looks the same here, offline, and tells nobody. */
export const withoutForeignFonts: RequestHandler = (_request, response, next) => {
  const render = response.render.bind(response) as (
    view: string,
    values: object,
    done: (error: Error | null, html?: string) => void,
  ) => void;
  response.render = (view: string, values?: unknown) => {
    render(view, values as object, (error, html) => {
      if (error === null) response.send((html ?? '').replaceAll(FOREIGN_FONTS, ''));
      else next(error);
    });
  };
  next();
};
