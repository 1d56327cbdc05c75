import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.js';
import { environmentSentence } from './environment.js';

const folder = mkdtempSync(join(tmpdir(), 'leeway-environment-'));
const staging = join(folder, 'staging.json');
writeFileSync(staging, JSON.stringify({ environment: 'staging' }));

const everything = { LEEWAY_POLICY: staging, LEEWAY_ENVIRONMENT: 'production', CI: 'true', K_SERVICE: 'leeway' };

test.each([
  ['the policy, whatever else is set', everything, 'staging', 'the policy says so'],
  ['the variable', { LEEWAY_ENVIRONMENT: 'production', CI: 'true' }, 'production', 'LEEWAY_ENVIRONMENT says so'],
  ['a build server', { CI: 'true' }, 'testing', 'CI is set, as on a build server'],
  ['a build server in a cluster', { KUBERNETES_SERVICE_HOST: '10.0.0.1', CI: '1' }, 'testing', 'CI is set'],
  ['a cluster', { KUBERNETES_SERVICE_HOST: '10.0.0.1', CI: 'false' }, 'production', 'KUBERNETES_SERVICE_HOST is set'],
  ['a platform', { K_SERVICE: 'leeway' }, 'production', 'K_SERVICE is set'],
  ['nothing: local', { CI: '', LEEWAY_ENVIRONMENT: '' }, 'local', 'nothing says otherwise'],
])('the environment is told by %s (F126)', (_, env, name, reason) => {
  const { environment, policy } = readConfig(env);
  expect(policy.environment).toBe(name);
  expect(environmentSentence(environment)).toContain(`environment ${name}: ${reason}`);
});

test('refuses one that there is not, and a policy that does not nest in any of them (F125, F126)', () => {
  expect(() => readConfig({ LEEWAY_ENVIRONMENT: 'prod' })).toThrow(
    'LEEWAY_ENVIRONMENT: expected one of local, testing, staging, production; got "prod"',
  );
  const broken = join(folder, 'broken.json');
  writeFileSync(broken, JSON.stringify({ environments: { production: { mid: { overallMs: 90_000 } } } }));
  expect(() => readConfig({ LEEWAY_POLICY: broken })).toThrow(ConfigError);
  expect(() => readConfig({ LEEWAY_POLICY: broken })).toThrow(
    "tiers.mid in production: overall (90 s) has to be less than client's wait (90 s)",
  );
});
