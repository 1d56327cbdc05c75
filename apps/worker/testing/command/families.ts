/** Shell programs that start processes which are hard to end; each of them sleeps for `seconds`. */

/** A child and a grandchild. Three sleepers with the main process. */
export function plainFamily(seconds: string): string[] {
  return ['sh', '-c', `(sleep ${seconds} & exec sleep ${seconds}) & exec sleep ${seconds}`];
}

/** All of them ignore SIGTERM. Three sleepers. */
export function deafFamily(seconds: string): string[] {
  return ['sh', '-c', `trap '' TERM; (sleep ${seconds} & exec sleep ${seconds}) & exec sleep ${seconds}`];
}

/**
 * Three kinds of processes outside of the process group: with a session of their own; forked twice, so that their parent has
 * ended; and with an empty environment. Four sleepers.
 */
export function scatteredFamily(seconds: string): string[] {
  const own = `setsid sleep ${seconds} &`;
  const orphan = `(setsid sh -c 'trap "" TERM; sleep ${seconds} & exit' &)`;
  const unmarked = `env -i $(command -v setsid) $(command -v sleep) ${seconds} &`;
  return ['sh', '-c', `${own} ${orphan}; ${unmarked} exec sleep ${seconds}`];
}
