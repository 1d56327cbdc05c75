import { connect } from 'node:net';
import { StartError } from '../start-error.js';

const CONNECT_TIMEOUT_MS = 3_000;
const DEFAULT_PORT = 6379;

/**
 * Throws a StartError unless a server accepts a connection at one of the addresses of REDIS_URL. The processes, which check
 * password, TLS and version, would wait for it without end.
 */
export async function checkRedisUrl(redisUrl: string): Promise<void> {
  const addresses = redisUrl.split(',').map((text) => new URL(text.trim()));
  const failures = await Promise.all(addresses.map(tryConnect));
  if (failures.includes(undefined)) return;
  const lines = addresses.map((address, index) => `  ${withoutPassword(address)}: ${failures[index]}`);
  throw new StartError(
    `No Redis answers at REDIS_URL:\n${lines.join('\n')}\nStart it, or leave REDIS_URL out for a private one.`,
  );
}

/** The code of the error; undefined: connected. */
function tryConnect({ protocol, hostname, port, pathname }: URL): Promise<string | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const options = protocol === 'unix:' ? { path: pathname } : { host, port: Number(port || DEFAULT_PORT) };
  return new Promise((resolve) => {
    const socket = connect(options, () => finish(undefined));
    const finish = (failure: string | undefined) => {
      socket.destroy();
      resolve(failure);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => finish('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}

function withoutPassword({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${protocol === 'unix:' ? pathname : ''}`;
}
