import { describe, expect, it, test } from 'vitest';
import type { LeewayError } from '../errors.js';
import { parsePolicy } from '../policy/policy.js';
import { isPublicAddress } from './public-address.js';
import { checkWebhook } from './webhook.js';

describe('an address that a webhook may be sent to (F169)', () => {
  test.each(['1.1.1.1', '93.184.216.34', '172.15.0.1', '172.32.0.1', '2606:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['169.254.169.254', '100.64.0.1', '100.100.100.200', '192.0.0.192', '168.63.129.16', '198.18.0.1'],
    ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '192.0.2.1', '203.0.113.9'],
    ...['::', '::1', 'fe80::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1', '2002:7f00:1::', '2001:0:1::'],
    ...[
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '::127.0.0.1',
      '64:ff9b::7f00:1',
      'fe80::1%eth0',
      '',
      'localhost',
      '1.1.1',
    ],
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

const refusalOf = (url: string, webhooks: object = {}) => {
  try {
    checkWebhook({ url }, parsePolicy({ webhooks }).webhooks);
  } catch (error) {
    return (error as LeewayError).code;
  }
  return undefined;
};

describe('the address of a webhook is refused before anything is queued (F169)', () => {
  test.each([
    'http://example.com/hook',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/',
    'https://localhost./',
    'https://redis/',
    'https://metadata.google.internal/',
    'https://printer.local/',
    'https://example.com:6379/',
  ])('%s: the policy does not allow it', (url) => {
    expect(refusalOf(url)).toBe('webhook_not_allowed');
  });

  test.each([
    '',
    'example.com',
    '//example.com',
    'ftp://example.com',
    'file:///etc/passwd',
    'https://user:secret@example.com/',
    'https://example.com/#here',
    'https://example.com/a b',
    'https://exam\nple.com/',
    `https://example.com/${'x'.repeat(3_000)}`,
  ])('%j is no address for one', (url) => {
    expect(refusalOf(url)).toBe('invalid_request');
  });

  it('unless it is https to the internet, and to a host of the policy', () => {
    expect(refusalOf('https://hooks.example.com/leeway?token=1')).toBeUndefined();
    expect(refusalOf('https://hooks.example.com:8443/')).toBeUndefined();
    expect(refusalOf('https://hooks.example.com/', { allow: [] })).toBe('webhook_not_allowed');
    expect(refusalOf('https://hooks.example.com/', { allow: ['example.com'] })).toBe('webhook_not_allowed');
    expect(refusalOf('https://hooks.example.com/', { allow: ['*.Example.com'] })).toBeUndefined();
    expect(refusalOf('https://badexample.com/', { allow: ['*.example.com'] })).toBe('webhook_not_allowed');
  });

  it('unless its origin is one of trustedOrigins, with the same port', () => {
    const webhooks = { trustedOrigins: ['http://127.0.0.1:4100'] };
    expect(refusalOf('http://127.0.0.1:4100/hook', webhooks)).toBeUndefined();
    expect(refusalOf('http://127.0.0.1:6379/', webhooks)).toBe('webhook_not_allowed');
    expect(refusalOf('https://127.0.0.1:4100/', webhooks)).toBe('webhook_not_allowed');
    expect(() => parsePolicy({ webhooks: { trustedOrigins: ['http://127.0.0.1/path'] } })).toThrow(/scheme, host/);
  });
});
