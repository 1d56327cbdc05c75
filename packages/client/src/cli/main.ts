#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { onInterrupt } from './interrupts.js';
import { runProgram } from './program.js';
import { terminalOn } from './terminal.js';

// `leeway list | head`: the reader has what it wanted, and that is no error. `run` takes it as Ctrl-C, once.
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
