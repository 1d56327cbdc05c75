import { findProgram } from './find-program.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Absolute path of a Chromium or Chrome on PATH; undefined: browser tests are skipped, and say so in their names. */
export function findBrowser(): string | undefined {
  return NAMES.map(findProgram).find((program) => program !== undefined);
}
