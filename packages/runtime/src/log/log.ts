import { pino } from 'pino';
import { LineBatch } from './line-batch.js';
import { redact } from './redact.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The fields of a log line besides its message. `event` is a stable name for tools to search for. */
export interface LogFields {
  event: string;
  [field: string]: unknown;
}

/** One JSON object per line on standard output. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A log that adds these fields to every line. */
  child(fields: Record<string, unknown>): Log;
}

export interface LogOptions {
  /** Name of the process, e.g. `api`. */
  process: string;
  level: LogLevel;
  /** Receives each line. Default: standard output. */
  write?: (line: string) => void;
}

/** A log that hides secrets in its fields, and writes as {@link LineBatch} does. */
export function createLog(options: LogOptions): Log {
  const settings = {
    level: options.level,
    base: { process: options.process, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => redact(fields) as Record<string, unknown>,
      bindings: (fields: object) => redact(fields) as Record<string, unknown>,
    },
  };
  const { write } = options;
  return pino(settings, write === undefined ? new LineBatch(STANDARD_OUTPUT) : { write });
}

const STANDARD_OUTPUT = 1;

/** A log without output. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
