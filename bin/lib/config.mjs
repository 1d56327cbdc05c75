import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { Refusal } from './refusal.mjs';

/**
 * Reads policy, keys and the rest as the processes will, before any of them starts. Needs the build. Throws a Refusal
 * with every problem, also when what is configured must not be reachable from other machines.
 */
export async function readConfig(env = process.env) {
  const runtime = await import(join(ROOT, 'packages', 'runtime', 'dist', 'index.js'));
  try {
    const config = runtime.readConfig(env);
    const unsafe = runtime.unsafeExposure(config);
    if (unsafe.length > 0) throw new Error(`Refusing to start:\n${unsafe.map((line) => `  ${line}`).join('\n')}`);
    return { config, commands: runtime.commandsSentence(config) };
  } catch (error) {
    throw new Refusal(error.message);
  }
}
