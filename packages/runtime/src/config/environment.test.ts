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
  ['the policy, before every variable', everything, 'staging', 'set in the policy'],
  [
    'LEEWAY_ENVIRONMENT, before the platform',
    { LEEWAY_ENVIRONMENT: 'production', CI: 'true' },
    'production',
    'set by LEEWAY_ENVIRONMENT',
  ],
  ['the CI variable of a build server', { CI: 'true' }, 'testing', 'CI is set, as on a build server'],
  [
    'the CI variable of a build server in a cluster',
    { KUBERNETES_SERVICE_HOST: '10.0.0.1', CI: '1' },
    'testing',
    'CI is set',
  ],
  [
    'the variable of a cluster',
    { KUBERNETES_SERVICE_HOST: '10.0.0.1', CI: 'false' },
    'production',
    'KUBERNETES_SERVICE_HOST is set',
  ],
  ['the variable of a platform', { K_SERVICE: 'leeway' }, 'production', 'K_SERVICE is set'],
  ['the default where nothing names one', { CI: '', LEEWAY_ENVIRONMENT: '' }, 'local', 'the default'],
])('the environment comes from %s (F126)', (_, env, name, reason) => {
  const { environment, policy } = readConfig(env);
  expect(policy.environment).toBe(name);
  expect(environmentSentence(environment)).toContain(`environment ${name} apply: ${reason}`);
});

test('an unknown environment is refused, and a policy whose limits do not nest in one of the environments (F125, F126)', () => {
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
