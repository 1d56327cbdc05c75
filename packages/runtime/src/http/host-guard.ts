import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** The headers that name the origin of a request and the host it was sent to. */
export interface OriginHeaders {
  host?: string | undefined;
  origin?: string | undefined;
  'sec-fetch-site'?: string | string[] | undefined;
}

export interface OwnAddress {
  /** Address that the server listens on. */
  host: string;
  port: number;
  /** Further names from the policy (`api.hosts`), with or without port. */
  publicNames: readonly string[];
}

export type HostRefusal = { code: 'host_not_allowed' | 'origin_not_allowed'; message: string };

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const ANY_ADDRESS = ['0.0.0.0', '::'];
const HTTP_PORT = 80;

/**
 * Refuses requests that a page of another site makes through its visitor's browser. Host has to be an address of this
 * server, as such a page can point a name of its own to this address (DNS rebinding); Origin has to be this server.
 */
export class HostGuard {
  private readonly hosts: ReadonlySet<string>;

  constructor(own: OwnAddress) {
    const addresses = ANY_ADDRESS.includes(own.host) ? addressesOfThisMachine() : [own.host.toLowerCase()];
    const names = new Set([...LOOPBACK_NAMES, ...addresses.map(bracketed)]);
    const listening = [...names].flatMap((name) => [`${name}:${own.port}`, ...(own.port === HTTP_PORT ? [name] : [])]);
    this.hosts = new Set([...listening, ...own.publicNames]);
  }

  /** Why the request is refused; undefined: it is accepted. */
  refusal(headers: OriginHeaders): HostRefusal | undefined {
    const host = headers.host?.toLowerCase();
    if (host === undefined || !this.hosts.has(host)) {
      const known = [...this.hosts].join(', ');
      return {
        code: 'host_not_allowed',
        message: `The host "${shown(headers.host)}" is not a name of this server. Its names are ${known}; add further ones to api.hosts in the policy.`,
      };
    }
    const { origin } = headers;
    if (origin !== undefined && !isOwnOrigin(origin, host)) {
      return { code: 'origin_not_allowed', message: `A page of ${shown(origin)} is not allowed to call this server.` };
    }
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      return {
        code: 'origin_not_allowed',
        message: `A page of another site is not allowed to call this server (Sec-Fetch-Site: ${shown(String(site))}).`,
      };
    }
    return undefined;
  }
}

function isOwnOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

function addressesOfThisMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

const SHOWN = 100;
function shown(text: string | undefined): string {
  return (text ?? '').replaceAll(/[^\x20-\x7e]/g, '?').slice(0, SHOWN);
}
