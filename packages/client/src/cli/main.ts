#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { runProgram } from './program.js';
import { terminalOn } from './terminal.js';

/** SIGPIPE: the reader of standard output has closed it; raised below. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const;

function onInterrupt(first: () => void, again: () => void): () => void {
  let count = 0;
  const listener = () => (count++ === 0 ? first() : again());
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

// `leeway list | head`: a closed reader is no error. `run` treats it as one Ctrl-C.
let readerIsGone = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (readerIsGone) return;
  readerIsGone = true;
  if (!process.emit('SIGPIPE', 'SIGPIPE')) process.exit();
});

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: terminalOn(process.stdout, process.stderr),
  url: process.env['LEEWAY_URL'],
  key: process.env['LEEWAY_KEY'],
  readStdin: () => text(process.stdin),
  folder: process.cwd(),
  onInterrupt,
  exit: (code) => process.exit(code),
});
