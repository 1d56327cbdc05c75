import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkPorts } from './ports.mjs';

let server;
let port;
beforeEach(async () => {
  server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = server.address().port;
});
afterEach(() => server.close());

test('a port in use is refused together with its variable', async () => {
  const check = checkPorts('127.0.0.1', [{ port, variable: 'PORT' }]);
  await expect(check).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use. Set PORT to a free one`);
});

test('a free port is accepted and still free afterwards', async () => {
  await new Promise((resolve) => server.close(resolve));
  await checkPorts('127.0.0.1', [{ port, variable: 'PORT' }]);
  await checkPorts('127.0.0.1', [{ port, variable: 'PORT' }]);
});

test('an address that this machine does not have is refused with the variable HOST', async () => {
  // 192.0.2.0/24 is reserved for documentation.
  await expect(checkPorts('192.0.2.1', [{ port, variable: 'PORT' }])).rejects.toThrow('Set HOST');
});
