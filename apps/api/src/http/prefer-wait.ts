const PREFER_WAIT = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i;

/** The seconds of `Prefer: wait=N` (RFC 7240); undefined when the header is absent or says something else. */
export function preferredWaitS(header: string | undefined): number | undefined {
  const seconds = PREFER_WAIT.exec(header ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}
