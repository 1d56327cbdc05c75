import type { RequestHandler } from 'express';

/** Leeway's blue in place of Bull Board's green. */
const THEME = {
  light: {
    primary: '#1f52bd',
    ring: '#1f52bd',
    'state-selected': '#e8effd',
    'state-selected-hover': '#dbe6fb',
    'state-selected-foreground': '#1f52bd',
    'sidebar-primary': '#1f52bd',
    'sidebar-state-selected': '#dbe6fb',
    'sidebar-state-selected-hover': '#cfddf9',
    'sidebar-state-selected-foreground': '#1f52bd',
  },
  dark: {
    primary: '#86b0ff',
    ring: '#86b0ff',
    'state-selected': '#1c2d4d',
    'state-selected-hover': '#24395f',
    'state-selected-foreground': '#9cbfff',
    'sidebar-primary': '#86b0ff',
    'sidebar-state-selected': '#1c2d4d',
    'sidebar-state-selected-hover': '#24395f',
    'sidebar-state-selected-foreground': '#9cbfff',
  },
};

export const UI_CONFIG = {
  boardTitle: 'Leeway · Bull Board',
  boardLogo: { path: '/assets/leeway.svg', width: 24, height: 24 },
  favIcon: { default: '/assets/leeway.svg', alternative: '/assets/leeway.svg' },
  miscLinks: [{ text: 'Leeway overview', url: '/' }],
  hideDocsLink: true,
  hideRedisDetails: false,
  jobDetails: { defaultTab: 'Data' as const },
  // It would run CLIENT LIST on every refresh; the overview shows the workers.
  showWorkers: false,
  theme: THEME,
};

const FOREIGN_FONTS = /<link[^>]+fonts\.googleapis\.com[^>]*>/g;

/** Removes the link to fonts of another site from Bull Board's page, which then works offline and reports nobody's visit. */
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
