import { pino } from 'pino';
import type { LogLevel } from '../config/config.js';
import { redact } from './redact.js';

/** What a line says besides its message. `event` is a stable word that tools search for. */
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
  /** A log whose every line has these fields too. */
  child(fields: Record<string, unknown>): Log;
}

export interface LogOptions {
  /** Which process writes, e.g. `api`. */
  process: string;
  level: LogLevel;
  /** Where lines go. Default: standard output. */
  write?: (line: string) => void;
}

/** Writes at once, so that the last line before a crash is there. Secrets are taken out of every field. */
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
  return write === undefined ? pino(settings, pino.destination({ fd: 1, sync: true })) : pino(settings, { write });
}

/** A log that says nothing. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
