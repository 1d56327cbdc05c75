const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The URL at which a program on this machine reaches a server that listens on `host`. */
export function localUrl(host: string, port: number): string {
  const name = ANY_ADDRESS[host] ?? host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
