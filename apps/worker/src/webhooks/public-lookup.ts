import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from '@leeway/contract';

/** Returns the addresses of a host name. */
export type Resolve = (host: string) => Promise<string[]>;

const TRY_MS = 2_000;
const TRIES = 2;

/**
 * Queries the name servers. Not `getaddrinfo`: it knows the names of this machine's own networks, and a slow name server would
 * block the few threads that this process uses for files.
 */
export const resolveInDns: Resolve = async (host) => {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  if (addresses.length === 0 && found[0].status === 'rejected') throw found[0].reason;
  return addresses;
};

/**
 * A look-up for connections to the internet only. The connection is made to the checked addresses themselves, so that a name which
 * resolves to another one a moment later has no effect. A name with one address that is not public is refused.
 */
export function publicLookup(resolve: Resolve = resolveInDns): LookupFunction {
  return (host, options, reply) => {
    resolve(host).then(
      (addresses) => {
        if (addresses.length === 0 || !addresses.every(isPublicAddress))
          return reply(new NotPublicError(`${host} resolves to an address that is not on the internet`), '');
        const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first] = found as [{ address: string; family: number }];
        return options.all === true ? reply(null, found) : reply(null, first.address, first.family);
      },
      (error: Error) => reply(error, ''),
    );
  };
}

/** The address is not on the internet, where alone a webhook may go. */
export class NotPublicError extends Error {}
