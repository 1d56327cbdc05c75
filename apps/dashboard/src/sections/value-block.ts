import { markup, type Markup } from '../html/markup.js';

/** Longest value that is shown whole, in characters. */
const VALUE_LENGTH = 20_000;

/** A JSON value for reading. */
export function valueBlock(value: unknown, whenAbsent: string): Markup {
  if (value === null || value === undefined) return markup`<p class="empty">${whenAbsent}</p>`;
  const text = JSON.stringify(value, null, 2) ?? String(value);
  const rest = text.length > VALUE_LENGTH && markup`<p class="muted">The rest is available from the API.</p>`;
  return markup`<pre tabindex="0"><code>${text.slice(0, VALUE_LENGTH)}</code></pre>${rest}`;
}

/** The input without the values of environment variables, which may be secrets. */
export function withoutEnvironment(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || !('env' in input)) return input;
  const { env, ...rest } = input;
  if (typeof env !== 'object' || env === null) return input;
  return { ...rest, env: Object.fromEntries(Object.keys(env).map((name) => [name, '(not shown)'])) };
}
