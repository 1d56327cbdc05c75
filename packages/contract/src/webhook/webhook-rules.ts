import { isIP } from 'node:net';
import type { WebhooksPolicy } from '../policy/webhooks.js';
import { isPublicAddress } from './public-address.js';

/** Names of local networks: no receiver on the internet has one. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|localdomain|arpa)$/;
const HTTPS_PORT = '443';

/** Host without brackets, and without the dot at the end of a full name. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** Whether the policy lists this origin as trusted: then any address, scheme and port is possible. */
export function isTrusted(url: URL, { trustedOrigins }: Pick<WebhooksPolicy, 'trustedOrigins'>): boolean {
  return trustedOrigins.some((origin) => new URL(origin).origin === url.origin);
}

/**
 * Reason of the policy against this URL; undefined: it is allowed. The addresses of its host name are checked when it is
 * called.
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
  } else if (!host.includes('.') || LOCAL_NAME.test(host)) return `"${host}" is not a name on the internet`;
  if (!policy.allow.some((allowed) => matches(host, allowed)))
    return `"${host}" is not among the hosts that the policy allows (webhooks.allow)`;
  return undefined;
}

/** `*` matches every host, `*.example.com` every name below that one. */
function matches(host: string, allowed: string): boolean {
  const pattern = allowed.toLowerCase();
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
