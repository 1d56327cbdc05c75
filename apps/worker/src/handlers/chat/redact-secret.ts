import { redactText } from '@leeway/runtime';

const HIDDEN = '[hidden]';
const MAX_CHARS = 500;
/** Keys in the form that most providers give them, also shortened with stars, as some repeat them. */
const KEY_LIKE = /\b(?:sk|pk|gsk|xai|hf)[-_][A-Za-z0-9*_-]{6,}/g;
const CONTROL = /\p{Cc}+/gu;

/** A provider's words, fit for errors and logs: on one line, bounded, without the key it was sent and without other keys. */
export function redactSecret(text: string, secret: string | undefined): string {
  const withoutSecret = secret === undefined || secret === '' ? text : text.replaceAll(secret, HIDDEN);
  const clean = redactText(withoutSecret.replace(KEY_LIKE, HIDDEN).replace(CONTROL, ' ')).trim();
  return clean.length > MAX_CHARS ? `${clean.slice(0, MAX_CHARS)}…` : clean;
}
