import { CAUSES, ERRORS } from '@leeway/contract';
import { code, table } from './markdown.js';

/** docs/errors.md: the error codes, and the causes of jobs that did not succeed. */
export function errorsReference(): string {
  const codes = Object.entries(ERRORS).map(([name, { status, title, advice }]) => [
    code(name),
    String(status),
    `${title}.`,
    advice,
  ]);
  const causes = Object.entries(CAUSES).map(([name, sentence]) => [code(name), sentence]);
  return `# Errors

A refused call replies with a problem document (RFC 9457): \`application/problem+json\` with \`type\`, \`title\`, \`status\`,
\`code\`, \`detail\` (what happened, with the facts), \`advice\` (what to do), \`requestId\` (for the operator, who can find it in
the log) and, for invalid fields of the request, \`errors\` with a JSON pointer and a sentence for each. Decide by \`code\`: codes
are stable, texts may change. A running server shows this page at \`/docs/errors\`.

${table(['Code', 'Status', 'What it means', 'What to do'], codes)}

## Causes

The field \`cause\` of a job or an attempt: why it did not succeed.

${table(['Cause', 'What it means'], causes)}
`;
}
