import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig, unsafeExposure } from '@leeway/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Service {
  image: string;
  build?: string;
  command: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  networks?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  container_name?: string;
  user?: string;
  stop_grace_period?: string;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
};
const { services } = compose;
const service = (name: string): Service => {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};
const OURS = ['api', 'dashboard', 'worker'];

describe('docker-compose.yml (F168)', () => {
  test('has Redis, API, worker and dashboard, each with a health check', () => {
    for (const name of ['redis', ...OURS]) expect(service(name).healthcheck?.test, name).toBeDefined();
  });

  test('lets workers be scaled: they have no fixed name and no port', () => {
    expect(service('worker')).not.toHaveProperty('container_name');
    expect(service('worker')).not.toHaveProperty('ports');
  });

  test('publishes nothing beyond this machine, and Redis not at all', () => {
    for (const [name, { ports = [] }] of Object.entries(services)) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
    expect(service('redis')).not.toHaveProperty('ports');
    expect(service('redis').networks).toEqual(['store']);
    expect(compose.networks['store']).toEqual({ internal: true });
  });

  test('has Redis keep an append-only file, and refuse writes rather than evict', () => {
    expect(service('redis').command.join(' ')).toMatch(/--appendonly yes .*--maxmemory-policy noeviction/);
  });

  test('starts no service before those that it depends on', () => {
    for (const name of OURS)
      expect(service(name).depends_on?.['redis'], name).toEqual({ condition: 'service_healthy' });
    for (const name of ['api', 'dashboard']) {
      expect(service(name).depends_on?.['keys'], name).toEqual({ condition: 'service_completed_successfully' });
    }
  });

  test('names files of the image in every command and health check', () => {
    for (const { command, entrypoint = [], healthcheck } of Object.values(services)) {
      const files = [...command, ...entrypoint, ...(healthcheck?.test ?? [])].filter((part) => /\.m?js$/.test(part));
      for (const file of files) {
        const source = file.replace('/dist/', '/src/').replace(/main\.js$/, 'main.ts');
        expect(existsSync(join(ROOT, source)), file).toBe(true);
      }
    }
  });

  test('gives workers longer to stop than the policy gives their jobs to finish', () => {
    const { drainMs, graceMs } = readConfig({}).policy.supervision;
    const stopMs = Number.parseInt(service('worker').stop_grace_period ?? '', 10) * 1_000;
    expect(stopMs).toBeGreaterThan(drainMs + graceMs);
  });
});

describe('the environment of the containers (F168)', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leeway-containers-'));
    for (const name of ['keys', 'secret']) mkdirSync(join(folder, name));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const firstKey = (action: string) =>
    execFileSync(process.execPath, [join(ROOT, 'bin/container/first-key.mjs'), action, folder], { encoding: 'utf8' });

  /** The environment of a service with the image's paths turned into ours. */
  function environment(name: string): Record<string, string> {
    const entries = Object.entries(service(name).environment ?? {}).map(([key, value]) => {
      const withDefaults = String(value).replace(/\$\{\w+:-([^}]*)\}/g, '$1');
      return [key, withDefaults.replace(/^\/leeway\//, ROOT).replace(/^\/var\/lib\/leeway/, folder)];
    });
    return Object.fromEntries(entries) as Record<string, string>;
  }

  test('is accepted by every process, with policy and keys, as safe to listen with', () => {
    firstKey('create');
    for (const name of OURS) expect(unsafeExposure(readConfig(environment(name))), name).toEqual([]);
  });

  test('has a first key that the API accepts, that is made once, and that only its owner can read', () => {
    firstKey('create');
    const key = firstKey('show').trim();
    firstKey('create');
    expect(firstKey('show').trim()).toBe(key);
    expect(readConfig(environment('api')).keys?.find(key)).toMatchObject({ name: 'first', scopes: ['admin'] });
    expect(read('docker-compose.yml')).toContain('secret:/var/lib/leeway/secret');
    expect(statSync(join(folder, 'secret', 'key')).mode & 0o077).toBe(0);
    expect(readFileSync(join(folder, 'keys', 'keys.json'), 'utf8')).not.toContain(key);
  });
});

describe('Dockerfile (F168)', () => {
  const instructions = read('Dockerfile')
    .replace(/^\s*#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const after = (word: string) => instructions.filter((line) => line.startsWith(`${word} `));

  test('copies only from stages that exist, and only files that exist and are not ignored', () => {
    const stages = after('FROM').flatMap((line) => / AS (\w+)$/.exec(line)?.[1] ?? []);
    const ignored = read('.dockerignore').split('\n');
    for (const line of after('COPY')) {
      const [, from] = /--from=(\S+)/.exec(line) ?? [];
      if (from !== undefined) expect(stages).toContain(from);
      else {
        const sources = line.split(/\s+/).slice(1, -1);
        for (const source of sources) expect(existsSync(join(ROOT, source)), line).toBe(true);
        expect(ignored.filter((entry) => sources.includes(entry))).toEqual([]);
      }
    }
  });

  test('runs as an ordinary user, on the Node that package.json asks for', () => {
    const last = instructions.findLastIndex((line) => line.startsWith('FROM '));
    const users = instructions.slice(last).filter((line) => line.startsWith('USER '));
    expect(users.at(-1)).toBe('USER node');
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const major = /(\d+)/.exec(engines.node)?.[1];
    for (const line of after('FROM')) expect(line).toContain(`node:${major}-`);
  });
});
