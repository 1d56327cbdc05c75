/**
 * Keeps `process.exit` from code of users: from now on it throws where it is called, so that a handler that thinks it is a
 * program of its own fails its own attempt instead of ending everything that runs beside it. Returns the real one.
 */
export function keepExit(target: Pick<NodeJS.Process, 'exit'>): NodeJS.Process['exit'] {
  const exit = target.exit.bind(target);
  target.exit = (code) => {
    throw new Error(
      `process.exit(${code ?? ''}) was called in a worker, which other jobs share. Return or throw instead, or give the handler a process of its own (isolated: true).`,
    );
  };
  return exit;
}
