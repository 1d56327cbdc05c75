import type { CommandInput } from '../submission/submission.js';

/** Name of a job's stream in the policy: `command.stream-json`, or its kind. */
export function streamKind({ kind, input }: { kind: string; input: unknown }): string {
  const { format } = (input ?? {}) as Partial<CommandInput>;
  return kind === 'command' && format === 'stream-json' ? 'command.stream-json' : kind;
}

const BUILT_IN = ['chat', 'command', 'command.stream-json', 'workflow'];

/** The setting of the policy for such a stream; under "*" of all kinds that do not come with the product. */
export function ofStreamKind<T>(settings: Readonly<Record<string, T>>, kind: string): T | undefined {
  return settings[kind] ?? (BUILT_IN.includes(kind) ? undefined : settings['*']);
}
