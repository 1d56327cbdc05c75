import type { Command } from 'commander';
import { LeewayClient } from '../client.js';
import { EXIT } from './exit-code.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** What a run of the command line gets from outside. */
export interface CliWorld {
  terminal: Terminal;
  /** LEEWAY_URL and LEEWAY_KEY. */
  url?: string;
  key?: string;
  /** All of standard input. */
  readStdin(): Promise<string>;
  /** Where relative folders start. */
  folder: string;
  /** See interrupts.ts; handed in so that a test can press Ctrl-C. */
  onInterrupt(first: () => void, again: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** One run of the command line: the world, and the exit code it will end with. */
export class Session {
  exitCode: number = EXIT.ok;
  /** What it ends with when the API refuses or is away. */
  failureCode: number = EXIT.failed;
  /** Errors, too, are printed as JSON. */
  json = false;

  constructor(readonly world: CliWorld) {}

  get terminal(): Terminal {
    return this.world.terminal;
  }

  /** The client for the options that every command has. Throws a UsageError when the address is none. */
  client(command: Command): LeewayClient {
    const { url, json } = shared(command);
    this.json = json === true;
    // An empty variable is how shells and compose files say "not set".
    const address = url ?? (this.world.url || DEFAULT_URL);
    try {
      return new LeewayClient({ url: address, key: this.world.key || undefined, retryForMs: RETRY_FOR_MS });
    } catch (error) {
      if (error instanceof TypeError)
        throw new UsageError(`${url === undefined ? 'LEEWAY_URL' : '--url'}: ${error.message}`);
      throw error;
    }
  }

  line(text: string): void {
    this.terminal.out(`${text}\n`);
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) this.line(text);
  }

  /** The answer as JSON when that was asked for, else as `words` puts it. */
  print(command: Command, answer: unknown, words: () => readonly string[]): void {
    if (shared(command).json === true) this.line(JSON.stringify(answer, undefined, JSON_INDENT));
    else this.lines(words());
  }
}

const DEFAULT_URL = 'http://127.0.0.1:3000';
const JSON_INDENT = 2;
/** Long enough for a connection that was cut, short enough for somebody who forgot to start the server. */
const RETRY_FOR_MS = 1_500;

/** Adds the options that every command has; they may also stand before the command's name. */
export function withShared(command: Command): Command {
  return command
    .option('--url <address>', 'address of the API (default: LEEWAY_URL, else http://127.0.0.1:3000)')
    .option('--json', 'print JSON');
}

function shared(command: Command): { url?: string; json?: boolean } {
  return command.optsWithGlobals();
}
