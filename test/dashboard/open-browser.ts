import { chromium, type Browser } from 'playwright-core';

/** Quiet on the network, and usable as root in a container. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Starts the browser that is on this machine. */
export function openBrowser(program: string): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: FLAGS });
}
