import { HandlerError } from '@leeway/supervision';

/** What can happen to the process of a handler, as codes of the job's error; docs/handlers.md explains them. */
export const ISOLATION_CODES = [
  'process_exited',
  'process_killed',
  'out_of_memory',
  'uncaught_exception',
  'process_not_started',
  'process_misbehaved',
] as const;
export type IsolationCode = (typeof ISOLATION_CODES)[number];

/** Ends the attempt in the name of what happened to its process; another one may do better. */
export function isolationError(code: IsolationCode, message: string): HandlerError {
  return new HandlerError(code, message);
}
