// The first API key of a set of containers: "create" makes it unless there is one, "show" prints it.
//
// The API's file of keys contains only its hash. The key itself is in a volume that no other service mounts; that volume
// can be deleted once the key is stored elsewhere.

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

const [, , name, folder = '/var/lib/leeway'] = process.argv;
const KEYS_FILE = `${folder}/keys/keys.json`;
const SECRET_FILE = `${folder}/secret/key`;

const actions = { create, show };
if (!Object.hasOwn(actions, name)) {
  console.error('usage: first-key.mjs create|show [folder]');
  process.exit(1);
}
actions[name]();

function create() {
  if (existsSync(KEYS_FILE)) return console.log('There is a file of API keys; none was made.');
  const key = `lw_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const hash = `sha256:${createHash('sha256').update(key).digest('hex')}`;
  const entry = { name: 'first', hash, tenant: 'default', tier: 'default', scopes: ['admin'] };
  // The key first: a hash whose key is lost would admit nobody and keep the next start from making another key.
  writeFileSync(SECRET_FILE, `${key}\n`, { mode: OWNER_ONLY });
  writeFileSync(KEYS_FILE, `${JSON.stringify({ keys: [entry] }, undefined, 2)}\n`, { mode: OWNER_ONLY });
  console.log('Made an API key. To see it: docker compose run --rm keys show');
}

function show() {
  if (existsSync(SECRET_FILE)) return console.log(readFileSync(SECRET_FILE, 'utf8').trim());
  console.error('There is no key here: it was never made, or its volume was deleted.');
  process.exit(1);
}
