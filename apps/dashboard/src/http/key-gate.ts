import { LeewayError } from '@leeway/contract';
import type { KeyRing, Scope } from '@leeway/runtime';
import type { RequestHandler } from 'express';

/** Everybody's jobs are on these pages, so looking takes a key that may see every tenant. */
const NEEDED: Scope = 'admin';

/**
 * Lets in who has a key: as a bearer token, or as the password that a browser asks for (any name). Without
 * configured keys everybody is let in who can reach the port, which is this machine only.
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
