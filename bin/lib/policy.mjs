import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { Refusal } from './refusal.mjs';

/** The policy as the processes will read it, checked before any of them starts. Needs the build. */
export async function readPolicy(file) {
  const { parsePolicy } = await import(join(ROOT, 'packages', 'contract', 'dist', 'index.js'));
  try {
    return parsePolicy(file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Refusal(`LEEWAY_POLICY=${file}\n${error.message}`);
  }
}

/** Programs that run whatever they are told to: allowing one of them is allowing everything. */
const RUNS_ANYTHING =
  /^(?:ba|da|z|k|fi)?sh$|^(?:node|npm|npx|pnpm|bun|deno|python|perl|ruby|php|lua|env|xargs|find|git|make|awk|sed|vim?|tar|ssh|sudo|setpriv|timeout|nohup|nice)[\d.]*$/;

/** One sentence on what jobs of the kind `command` may run. */
export function describeCommands({ allow, wrapper }, { isLoopback }) {
  const through = wrapper.length > 0 ? `, each through ${wrapper.join(' ')}` : '';
  if (allow.length === 0) return 'none (the policy allows no executable)';
  if (allow.includes('*')) {
    const why = isLoopback ? 'because this listens on loopback only' : 'as far as the API accepts that beyond loopback';
    return `everything, ${why} (policy: commands.allow is ["*"])${through}`;
  }
  const open = allow.filter((name) => RUNS_ANYTHING.test(name.split('/').at(-1)));
  if (open.length > 0)
    return `everything, because ${open.join(', ')} can run anything (policy: commands.allow)${through}`;
  return `${allow.join(', ')} (policy: commands.allow)${through}`;
}
