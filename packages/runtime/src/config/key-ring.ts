import { createHash, timingSafeEqual } from 'node:crypto';
import { describeIssues, knownFields } from '@leeway/contract';
import { z } from 'zod';

/**
 * Rights of a key. `submit`: submissions and estimates. `read`: its tenant's jobs, classes, workers and the policy.
 * `control`: cancel, pause, resume, retry and changes of limits. `admin`: all of these, for every tenant.
 */
export const SCOPES = ['submit', 'read', 'control', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const HASH = /^sha256:[0-9a-f]{64}$/;
const MAX_KEYS = 10_000;

const keySchema = z.strictObject({
  name: z.string().regex(NAME, 'expected letters, digits, dots and dashes').describe('Shown in logs'),
  hash: z.string().regex(HASH, 'expected "sha256:" and 64 hexadecimal digits').describe('SHA-256 of the key'),
  tenant: z.string().regex(NAME, 'expected letters, digits, dots and dashes').describe('Whose jobs it sees'),
  tier: z.string().min(1).describe('A tier of the policy'),
  scopes: z.array(z.enum(SCOPES)).min(1).default(['submit', 'read', 'control']),
});
const keyFileSchema = z.strictObject({ keys: z.array(keySchema).min(1).max(MAX_KEYS) });

/** The owner of a key. The key itself is never stored. */
export interface KeyOwner {
  readonly name: string;
  readonly tenant: string;
  readonly tier: string;
  readonly scopes: readonly Scope[];
}

/** The keys of a server, as hashes. */
export class KeyRing {
  constructor(private readonly entries: readonly { owner: KeyOwner; digest: Buffer }[]) {}

  get size(): number {
    return this.entries.length;
  }

  /** Number of different tenants. */
  get tenants(): number {
    return new Set(this.entries.map((entry) => entry.owner.tenant)).size;
  }

  /** The owner of a key. Compares with every entry, so that the duration reveals nothing about the keys. */
  find(key: string): KeyOwner | undefined {
    const digest = createHash('sha256').update(key).digest();
    let found: KeyOwner | undefined;
    for (const entry of this.entries) {
      if (timingSafeEqual(entry.digest, digest)) found = entry.owner;
    }
    return found;
  }
}

/** Reads the content of a key file. Throws an Error that lists every problem; never repeats a hash. */
export function parseKeys(input: unknown, tiers: readonly string[]): KeyRing {
  const parsed = keyFileSchema.safeParse(input);
  if (!parsed.success) {
    const issues = describeIssues(parsed.error, withoutHashes(input), (path) => knownFields(keyFileSchema, path));
    throw new Error(
      `the key file is not valid:\n${issues.map((e) => `    ${e.path || '/'}: ${e.message}`).join('\n')}`,
    );
  }
  const { keys } = parsed.data;
  const problems = keys.flatMap((key, index) => {
    const at = `    /keys/${index}`;
    const twin = keys.findIndex((other) => other.hash === key.hash);
    return [
      ...(tiers.includes(key.tier)
        ? []
        : [`${at}/tier: no tier "${key.tier}" in the policy; known are ${tiers.join(', ')}`]),
      ...(twin === index ? [] : [`${at}/hash: is the same as /keys/${twin}/hash`]),
    ];
  });
  if (problems.length > 0) throw new Error(`the key file is not valid:\n${problems.join('\n')}`);
  return new KeyRing(
    keys.map(({ hash, ...owner }) => ({ owner, digest: Buffer.from(hash.slice('sha256:'.length), 'hex') })),
  );
}

/** The field `hash` may hold the key itself by mistake: the message must not repeat it. */
function withoutHashes(input: unknown): unknown {
  return JSON.parse(JSON.stringify(input ?? null, (name, value) => (name === 'hash' ? '(not shown)' : value)));
}
