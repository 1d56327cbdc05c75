import type { Intent, MonitorPolicy } from '@leeway/contract';

export type PhraseRules = Pick<
  MonitorPolicy,
  'completionPhrases' | 'continuationPhrases' | 'thinkingPhrases' | 'errorPhrases'
>;

const LIST_ITEM = /^\s{0,12}(?:[-*•+]|\d{1,4}[.)])\s/;
const TABLE_ROW = /^\s{0,12}\|/;
const CODE_START =
  /^\s*(?:import|from|def|class|const|let|var|function|return|export|public|private|static|async|await|for|while|if|else|try|catch|switch|case|#include|using|package|fn|impl|struct|SELECT|INSERT|CREATE)\b.*[({;:=]/;
const CODE_END = /(?:[;{}]|\);?|=>|\],?|\},?)\s*$/;
const MARKUP = /^\s*<\/?[A-Za-z][^>]*>/;
const WORDS_OF_A_SENTENCE = 3;

export const FENCE = /^\s{0,3}(?:```|~~~)/;

/** The intent of one line of text, by its form first and then by its words; null: too little to judge. */
export function lineIntent(line: string, rules: PhraseRules): Intent | null {
  const text = line.toLowerCase();
  const has = (phrases: readonly string[]) => phrases.some((phrase) => text.includes(phrase));
  if (has(rules.errorPhrases)) return 'error';
  if (LIST_ITEM.test(line) || TABLE_ROW.test(line)) return 'list';
  if (CODE_START.test(line) || CODE_END.test(line) || MARKUP.test(line)) return 'code';
  if (has(rules.completionPhrases)) return 'completion';
  if (has(rules.thinkingPhrases)) return 'thinking';
  if (has(rules.continuationPhrases)) return 'continuation';
  return line.trim().split(/\s+/, WORDS_OF_A_SENTENCE).length >= WORDS_OF_A_SENTENCE ? 'explanation' : null;
}
