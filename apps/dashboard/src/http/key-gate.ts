import { LeewayError } from '@leeway/contract';
import type { KeyRing, Scope } from '@leeway/runtime';
import type { RequestHandler } from 'express';

/** The pages show the jobs of all tenants. */
const NEEDED: Scope = 'admin';

/**
 * Requires a key with the scope admin: as a bearer token, or as the password that a browser asks for, under any name.
 * Without configured keys every request is accepted; the port is then reachable from this machine only.
 */
export function keyGate(keys: KeyRing | null): RequestHandler {
  return (request, response, next) => {
    if (keys === null) return next();
    const given = keyIn(request.headers.authorization);
    const owner = given === undefined ? undefined : keys.find(given);
    if (owner === undefined) {
      response.set('WWW-Authenticate', 'Basic realm="Leeway dashboard", charset="UTF-8"');
      return next(
        new LeewayError('unauthorized', 'The dashboard needs a key: any user name, and the key as the password.'),
      );
    }
    if (!owner.scopes.includes(NEEDED)) {
      return next(
        new LeewayError(
          'forbidden',
          `The key "${owner.name}" lacks the scope "${NEEDED}"; the dashboard shows the jobs of all tenants.`,
        ),
      );
    }
    return next();
  };
}

function keyIn(authorization: string | undefined): string | undefined {
  const [scheme, value] = (authorization ?? '').split(' ');
  if (value === undefined) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}
