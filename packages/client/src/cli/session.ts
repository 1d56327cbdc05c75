import type { Command } from 'commander';
import { LeewayClient } from '../client.js';
import { EXIT } from './exit-code.js';
import type { Terminal } from './terminal.js';

/** What the command line gets from its process; a test hands in its own. */
export interface CliWorld {
  terminal: Terminal;
  /** LEEWAY_URL and LEEWAY_KEY. */
  url?: string;
  key?: string;
  /** All of standard input. */
  readStdin(): Promise<string>;
  /** Base of relative folders. */
  folder: string;
  /**
   * Calls `first` at the first Ctrl-C (SIGTERM, SIGHUP, a closed reader) and `again` at every later one, until the
   * returned function is called.
   */
  onInterrupt(first: () => void, again: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** The command line is invalid; nothing was sent. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** One run of the command line: its surroundings, and the exit code it will end with. */
export class Session {
  exitCode: number = EXIT.ok;
  /** The exit code when the API refuses or is away. */
  failureCode: number = EXIT.failed;
  /** Errors are printed as JSON as well. */
  json = false;

  constructor(readonly world: CliWorld) {}

  get terminal(): Terminal {
    return this.world.terminal;
  }

  /** The client for the options that every command has. Throws a UsageError when the address is invalid. */
  client(command: Command): LeewayClient {
    const { url, json } = shared(command);
    this.json = json === true;
    // Shells and compose files set an empty variable for "not set".
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

  /** The reply as JSON with `--json`, else the lines of `text`. */
  print(command: Command, reply: unknown, text: () => readonly string[]): void {
    if (shared(command).json === true) this.line(JSON.stringify(reply, undefined, JSON_INDENT));
    else for (const line of text()) this.line(line);
  }
}

const DEFAULT_URL = 'http://127.0.0.1:3000';
const JSON_INDENT = 2;
/** Long enough for a connection that was cut, short enough for somebody who forgot to start the server. */
const RETRY_FOR_MS = 1_500;

/** Adds the options that every command has; they may also come before the command's name. */
export function withShared(command: Command): Command {
  return command
    .option('--url <address>', 'address of the API (default: LEEWAY_URL, else http://127.0.0.1:3000)')
    .option('--json', 'print JSON');
}

function shared(command: Command): { url?: string; json?: boolean } {
  return command.optsWithGlobals();
}
