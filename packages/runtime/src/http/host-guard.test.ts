import { describe, expect, test } from 'vitest';
import { HostGuard } from './host-guard.js';

const guard = new HostGuard({ host: '127.0.0.1', port: 3000, publicNames: ['queue.example.org'] });

describe('HostGuard', () => {
  test.each(['127.0.0.1:3000', 'localhost:3000', 'LOCALHOST:3000', '[::1]:3000', 'queue.example.org'])(
    'accepts a request for the host %s',
    (host) => expect(guard.refusal({ host })).toBeUndefined(),
  );

  test.each([
    'evil.example',
    'evil.example:3000',
    'localhost',
    'localhost:3001',
    'localhost:3000.evil.example',
    '',
    undefined,
  ])('refuses a request for the host %s, as any page can point its own name to this address', (host) =>
    expect(guard.refusal({ host })?.code).toBe('host_not_allowed'),
  );

  test.each(['http://evil.example', 'null', 'http://localhost:3001', 'http://localhost:3000.evil.example', ''])(
    'refuses a request from a page of the origin %j',
    (origin) => expect(guard.refusal({ host: 'localhost:3000', origin })?.code).toBe('origin_not_allowed'),
  );

  test('accepts a request from a page of its own', () => {
    const headers = { host: 'localhost:3000', origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' };
    expect(guard.refusal(headers)).toBeUndefined();
  });

  test.each(['cross-site', 'same-site', 'nonsense'])('refuses a request that the browser marks as %s', (site) => {
    expect(guard.refusal({ host: 'localhost:3000', 'sec-fetch-site': site })?.code).toBe('origin_not_allowed');
  });

  test('accepts every address of this machine as host when it listens on all of them', () => {
    const everywhere = new HostGuard({ host: '0.0.0.0', port: 3000, publicNames: [] });
    expect(everywhere.refusal({ host: '127.0.0.1:3000' })).toBeUndefined();
    expect(everywhere.refusal({ host: '0.0.0.0:3000' })?.code).toBe('host_not_allowed');
  });
});
