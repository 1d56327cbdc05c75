import type { CommandInput } from './submission.js';

/** Name of a job's stream in the policy: `command.stream-json`, or its kind. */
export function streamKind({ kind, input }: { kind: string; input: unknown }): string {
  const { format } = (input ?? {}) as Partial<CommandInput>;
  return kind === 'command' && format === 'stream-json' ? 'command.stream-json' : kind;
}

const BUILT_IN = ['chat', 'command', 'command.stream-json', 'workflow'];

/** Setting for such a stream. "*" is for the kinds of a user's own handlers. */
export function ofStreamKind<T>(settings: Readonly<Record<string, T>>, kind: string): T | undefined {
  return settings[kind] ?? (BUILT_IN.includes(kind) ? undefined : settings['*']);
}
