import { redactText } from '@leeway/runtime';

const HIDDEN = '[hidden]';
const MAX_CHARS = 500;
/** Keys in the form of most providers, also where a part of them is replaced by stars. */
const KEY_LIKE = /\b(?:sk|pk|gsk|xai|hf)[-_][A-Za-z0-9*_-]{6,}/g;
const CONTROL = /\p{Cc}+/gu;

/** A provider's text, fit for errors and logs: one line, bounded, without the key of the request and without other keys. */
export function redactSecret(text: string, secret: string | undefined): string {
  const withoutSecret = secret === undefined || secret === '' ? text : text.replaceAll(secret, HIDDEN);
  const clean = redactText(withoutSecret.replace(KEY_LIKE, HIDDEN).replace(CONTROL, ' ')).trim();
  return clean.length > MAX_CHARS ? `${clean.slice(0, MAX_CHARS)}…` : clean;
}
