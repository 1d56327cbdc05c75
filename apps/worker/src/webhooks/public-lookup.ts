import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from '@leeway/contract';

/** Finds the addresses of a name. */
export type Resolve = (host: string) => Promise<string[]>;

const TRY_MS = 2_000;
const TRIES = 2;

/**
 * Asks the name servers. Not `getaddrinfo`, which knows the names of this machine's own networks, and whose few threads
 * a slow name server could hold up for all that this process does with files.
 */
export const resolveInDns: Resolve = async (host) => {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  if (addresses.length === 0 && found[0].status === 'rejected') throw found[0].reason;
  return addresses;
};

/**
 * A look-up for a connection that may go to the internet only: the connection is made to the very addresses that were
 * checked, so a name that resolves to something else a moment later gains nothing. One address that is not public spoils
 * the name.
 */
export function publicLookup(resolve: Resolve = resolveInDns): LookupFunction {
  return (host, options, answer) => {
    resolve(host).then(
      (addresses) => {
        if (addresses.length === 0 || !addresses.every(isPublicAddress))
          return answer(new NotPublic(`${host} resolves to an address that is not on the internet`), '');
        const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first] = found as [{ address: string; family: number }];
        return options.all === true ? answer(null, found) : answer(null, first.address, first.family);
      },
      (error: Error) => answer(error, ''),
    );
  };
}

/** Where a webhook may not go. */
export class NotPublic extends Error {}
