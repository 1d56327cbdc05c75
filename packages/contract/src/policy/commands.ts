import { z } from 'zod';
import { MINUTE_MS } from '../format/duration.js';
import { count, ms, setting } from './setting.js';

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Environment variables that change which code runs; a job can never set them. */
export const FORBIDDEN_ENV = [
  'PATH',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'LD_AUDIT',
  'NODE_OPTIONS',
  'NODE_PATH',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'PERL5OPT',
  'PERL5LIB',
  'RUBYOPT',
  'RUBYLIB',
  'BASH_ENV',
  'ENV',
  'IFS',
  'GIT_SSH_COMMAND',
  'DYLD_INSERT_LIBRARIES',
  'DYLD_LIBRARY_PATH',
] as const;

/** Commands that jobs of the kind `command` may run. */
export const commandsPolicySchema = z.strictObject({
  allow: setting(z.array(z.string().min(1)), ['*'], {
    meaning:
      'Executables that jobs may name in argv[0], by name or absolute path; "*" is everything. Beyond loopback "*" is refused',
    unit: 'names',
    reason: 'On a developer machine everything the developer can run; printed at every start',
  }),
  allowEnv: setting(
    z.array(z.string().regex(ENV_NAME)),
    ['LANG', 'LC_ALL', 'TZ', 'CI', 'DEBUG', 'FORCE_COLOR', 'NO_COLOR'],
    {
      meaning: 'Environment variables that a job may set. Names that change which code runs are never allowed',
      unit: 'names',
      reason: 'They change how a program prints, not what it runs',
    },
  ),
  passEnv: setting(z.array(z.string().regex(ENV_NAME)), ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'], {
    meaning: "Variables of the worker's environment that every command gets; all others stay with the worker",
    unit: 'names',
    reason: 'What programs need to start, without secrets',
  }),
  wrapper: setting(z.array(z.string().min(1)), [], {
    meaning:
      'Put before every argv, e.g. ["setpriv", "--reuid=agent", "--"]; needed to run commands when listening beyond loopback or for more than one tenant',
    unit: 'argv',
    reason: 'Empty: commands run as the user of the worker',
  }),
  lateExitMs: setting(ms(0, 10 * MINUTE_MS), 5_000, {
    meaning:
      'A command that reported the end of its work (doneMarker, or the event "result" of stream-json) and is still running after this long is ended, and counts as succeeded',
    unit: 'ms',
    reason: 'Enough to close files and connections; the work is done, and a worker is occupied',
  }),
  countThinking: setting(z.boolean(), true, {
    meaning: 'Whether thinking in a stream-json counts as first output and as activity',
    unit: 'yes or no',
    reason: 'An agent that streams its thinking for a minute is at work',
  }),
  maxLineChars: setting(count(1_024, 64 * 1024 * 1024), 4 * 1024 * 1024, {
    meaning: 'Longest event of a stream-json that is read; a longer one is left out',
    unit: 'characters',
    reason: 'A tool may return a large file in one event, which is held in memory until its line is complete',
  }),
});
export type CommandsPolicy = z.output<typeof commandsPolicySchema>;
