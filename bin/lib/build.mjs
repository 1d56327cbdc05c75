import { ROOT, searchPath } from './paths.mjs';
import { Refusal } from './refusal.mjs';
import { run } from './run.mjs';

/** Builds the packages that have changed since the last build. */
export async function build(note) {
  const { code, output } = await run('turbo', ['run', 'build', '--output-logs=errors-only', '--no-update-notifier'], {
    cwd: ROOT,
    env: { PATH: searchPath(), TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  });
  if (code !== 0) throw new Refusal(`The build failed:\n${output}`);
  const [, cached, total] = /Cached:\s+(\d+) cached, (\d+) total/.exec(output) ?? [];
  if (total !== undefined)
    note(cached === total ? 'up to date' : `${Number(total) - Number(cached)} of ${total} packages`);
}
