import { isIP } from 'node:net';
import type { WebhooksPolicy } from '../policy/webhooks.js';
import { isPublicAddress } from './public-address.js';

/** Names of things that are near: they never belong to a receiver on the internet, whatever they resolve to. */
const NEAR_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|localdomain|arpa)$/;
const HTTPS_PORT = '443';

/** The host without brackets, and without the dot that ends a full name. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** Whether the operator trusts this origin: then address, scheme and port may be any. */
export function isTrusted(url: URL, { trustedOrigins }: Pick<WebhooksPolicy, 'trustedOrigins'>): boolean {
  return trustedOrigins.some((origin) => new URL(origin).origin === url.origin);
}

/**
 * Why the policy does not let a webhook go there, as far as the URL itself shows; undefined: it may. What its name resolves
 * to is looked at when it is called.
 */
export function webhookRefusal(url: URL, policy: WebhooksPolicy): string | undefined {
  if (isTrusted(url, policy)) return undefined;
  if (policy.allow.length === 0) return 'the policy allows none (webhooks.allow is empty)';
  if (url.protocol !== 'https:') return `expected https://; got ${url.protocol}//`;
  const port = url.port === '' ? HTTPS_PORT : url.port;
  if (!policy.ports.includes(Number(port))) return `expected one of the ports ${policy.ports.join(', ')}; got ${port}`;
  const host = hostOf(url);
  if (isIP(host) !== 0) {
    if (!isPublicAddress(host)) return `${host} is not an address on the internet`;
  } else if (!host.includes('.') || NEAR_NAME.test(host)) return `"${host}" is not a name on the internet`;
  if (!policy.allow.some((allowed) => matches(host, allowed)))
    return `"${host}" is not among the hosts that the policy allows (webhooks.allow)`;
  return undefined;
}

/** `*` is every host, `*.example.com` every name below that one. */
function matches(host: string, allowed: string): boolean {
  const wanted = allowed.toLowerCase();
  if (wanted === '*') return true;
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted;
}
