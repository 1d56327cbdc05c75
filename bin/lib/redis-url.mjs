import { connect } from 'node:net';
import { Refusal } from './refusal.mjs';

const CONNECT_TIMEOUT_MS = 3_000;
const DEFAULT_PORT = 6379;

/**
 * Makes sure that something listens at a REDIS_URL before anything starts; passwords, TLS and versions are left to the
 * processes. Throws a Refusal when no address of it answers.
 */
export async function checkRedisUrl(redisUrl, note) {
  const addresses = redisUrl.split(',').map((text) => parse(text.trim()));
  const failures = await Promise.all(addresses.map(tryConnect));
  if (failures.every((failure) => failure !== undefined)) {
    const lines = addresses.map(({ shown }, i) => `  ${shown}: ${failures[i]}`);
    throw new Refusal(
      `No Redis answers at REDIS_URL:\n${lines.join('\n')}\nStart it, or leave REDIS_URL out for a private one.`,
    );
  }
  note(addresses.map(({ shown }) => shown).join(', '));
}

/** `shown` is the address without a password. */
function parse(text) {
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length).split('?')[0];
    return { shown: `unix://${path}`, options: { path } };
  }
  let url;
  try {
    url = new URL(/^[a-z]+:\/\//.test(text) ? text : `redis://${text}`);
  } catch {
    throw new Refusal('REDIS_URL is not an address; expected redis://, rediss:// or unix://, or several with commas.');
  }
  if (!['redis:', 'rediss:'].includes(url.protocol)) {
    throw new Refusal(`REDIS_URL begins with ${url.protocol}//; expected redis://, rediss:// or unix://`);
  }
  const port = Number(url.port || DEFAULT_PORT);
  return {
    shown: `${url.protocol}//${url.hostname}:${port}`,
    options: { host: url.hostname.replace(/^\[|\]$/g, ''), port },
  };
}

/** Why the address cannot be connected to, or undefined when it can. */
function tryConnect({ options }) {
  return new Promise((resolve) => {
    const socket = connect(options, () => finish(undefined));
    const finish = (failure) => {
      socket.destroy();
      resolve(failure);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => finish(`no answer within ${CONNECT_TIMEOUT_MS / 1_000} s`));
    socket.once('error', (error) => finish(error.code ?? error.message));
  });
}
