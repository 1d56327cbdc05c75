import { connect, type NetConnectOpts } from 'node:net';
import { StartError } from '../start-error.js';

const CONNECT_TIMEOUT_MS = 3_000;
const MS_PER_S = 1_000;
const DEFAULT_PORT = 6379;

interface Address {
  /** Without user name and password. */
  shown: string;
  options: NetConnectOpts;
}

/**
 * Checks that a server listens at an address of REDIS_URL before any process starts; passwords, TLS and versions are
 * checked by the processes. Throws a StartError when no address can be connected to.
 */
export async function checkRedisUrl(redisUrl: string): Promise<void> {
  const addresses = redisUrl.split(',').map((text) => parse(text.trim()));
  const failures = await Promise.all(addresses.map(tryConnect));
  if (failures.includes(undefined)) return;
  const lines = addresses.map(({ shown }, index) => `  ${shown}: ${failures[index]}`);
  throw new StartError(
    `No Redis answers at REDIS_URL:\n${lines.join('\n')}\nStart it, or leave REDIS_URL out for a private one.`,
  );
}

/** The settings were parsed before: what arrives here is `unix://`, `redis://` or `rediss://`. */
function parse(text: string): Address {
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length).split('?')[0] ?? '';
    return { shown: `unix://${path}`, options: { path } };
  }
  const { protocol, hostname, port } = new URL(text);
  const portNumber = Number(port || DEFAULT_PORT);
  return {
    shown: `${protocol}//${hostname}:${portNumber}`,
    options: { host: hostname.replace(/^\[|\]$/g, ''), port: portNumber },
  };
}

/** Why the address cannot be connected to; undefined when it can. */
function tryConnect({ options }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(options, () => finish(undefined));
    const finish = (failure: string | undefined) => {
      socket.destroy();
      resolve(failure);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => finish(`no answer within ${CONNECT_TIMEOUT_MS / MS_PER_S} s`));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}
