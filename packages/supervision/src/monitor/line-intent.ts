import type { Intent } from '@leeway/contract';

/** Words of a line, in lower case, that a stream closes with. A hint, as models use them in the middle as well: it ends nothing. */
const COMPLETION_PHRASES = [
  'in summary',
  'in conclusion',
  'to summarize',
  'to summarise',
  'hope this helps',
  'let me know if',
  'all tests pass',
  'task is complete',
  'everything is done',
  'all done',
  'that completes',
];
/** Words that announce more: models and agents use them between two pieces of work. */
const CONTINUATION_PHRASES = [
  'next,',
  'next step',
  'now i',
  "now let's",
  'moving on',
  'continuing',
  'furthermore',
  'let me continue',
  'then i',
  'step ',
];
/** Words of thinking aloud. Exploring is a reason to continue, not to stop. */
const THINKING_PHRASES = [
  'let me think',
  'let me look',
  'let me check',
  'let me see',
  'i need to',
  'i should',
  'exploring',
  'investigating',
  'analyzing',
  'analysing',
  'looking at',
  'hmm',
  'wait,',
];
/** Words of an error. Shown only: work continues after most errors. */
const ERROR_PHRASES = [
  'traceback (most recent call last)',
  'error:',
  'exception:',
  'fatal:',
  'panic:',
  'failed:',
  'segmentation fault',
];

const LIST_ITEM = /^\s{0,12}(?:[-*•+]|\d{1,4}[.)])\s/;
const TABLE_ROW = /^\s{0,12}\|/;
const CODE_START =
  /^\s*(?:import|from|def|class|const|let|var|function|return|export|public|private|static|async|await|for|while|if|else|try|catch|switch|case|#include|using|package|fn|impl|struct|SELECT|INSERT|CREATE)\b.*[({;:=]/;
const CODE_END = /(?:[;{}]|\);?|=>|\],?|\},?)\s*$/;
const MARKUP = /^\s*<\/?[A-Za-z][^>]*>/;
const WORDS_OF_A_SENTENCE = 3;

export const FENCE = /^\s{0,3}(?:```|~~~)/;

/** The intent of one line of text, by its form first and then by its words; null: too little to judge. */
export function lineIntent(line: string): Intent | null {
  const text = line.toLowerCase();
  const has = (phrases: readonly string[]) => phrases.some((phrase) => text.includes(phrase));
  if (has(ERROR_PHRASES)) return 'error';
  if (LIST_ITEM.test(line) || TABLE_ROW.test(line)) return 'list';
  if (CODE_START.test(line) || CODE_END.test(line) || MARKUP.test(line)) return 'code';
  if (has(COMPLETION_PHRASES)) return 'completion';
  if (has(THINKING_PHRASES)) return 'thinking';
  if (has(CONTINUATION_PHRASES)) return 'continuation';
  return line.trim().split(/\s+/, WORDS_OF_A_SENTENCE).length >= WORDS_OF_A_SENTENCE ? 'explanation' : null;
}
