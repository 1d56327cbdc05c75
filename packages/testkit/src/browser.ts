import { findProgram } from './find-program.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Absolute path of a Chromium or Chrome on PATH; undefined: the browser tests are skipped, which their names show. */
export function findBrowser(): string | undefined {
  return NAMES.map(findProgram).find((program) => program !== undefined);
}
