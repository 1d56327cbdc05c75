import { z } from 'zod';
import { HOUR_MS, MINUTE_MS } from '../format/duration.js';
import { count, factor, ms, setting, share } from './setting.js';

/** `off`: the stream is not read. `watch`: it is read and shown. `act`: it may also extend, shorten silence, and end. */
export const MONITOR_MODES = ['off', 'watch', 'act'] as const;
export type MonitorMode = (typeof MONITOR_MODES)[number];

export const MONITORED_KINDS: Readonly<Record<string, MonitorMode>> = {
  chat: 'act',
  'command.stream-json': 'act',
  command: 'watch',
  '*': 'watch',
};

const phrases = z.array(z.string().min(2).max(60)).max(50);

/** How the stream of a running attempt is read, and what that may do. What it says of a stream is a guess from its words. */
export const monitorPolicySchema = z.strictObject({
  enabled: setting(z.boolean(), true, {
    meaning: 'False: no stream is read. One job says the same with "monitor": false',
    unit: 'yes or no',
    reason: 'Reading costs little and shows what an attempt is doing',
  }),
  kinds: setting(z.record(z.string(), z.enum(MONITOR_MODES)), MONITORED_KINDS, {
    meaning:
      'What may come of it, by kind: "off", "watch" (only shown) or "act". "command.stream-json": commands of that format. "*": handlers of your own. Kinds that are left out keep their default',
    unit: 'mode by kind',
    reason:
      'Models and agents loop; logs, progress bars and test output repeat themselves in good health, so they are only watched',
  }),
  charsPerS: setting(count(1_024, 16 * 1024 * 1024), 64 * 1024, {
    meaning: 'Characters of one stream that are read in a second; what comes beyond is skipped',
    unit: 'characters',
    reason: 'A hundred times as fast as a model writes, and still little work',
  }),
  lineChars: setting(count(40, 2_000), 240, {
    meaning: 'Text without line ends is judged in pieces of this length',
    unit: 'characters',
    reason: 'Two or three sentences',
  }),
  fade: setting(share(0.1, 0.99), 0.85, {
    meaning: 'With each further line the lines before it count so much of what they did',
    unit: 'share',
    reason: 'The last dozen lines decide',
  }),
  switchLead: setting(share(0, 1), 0.2, {
    meaning: 'Another intent has to be ahead by this share of all evidence before it takes over',
    unit: 'share',
    reason: 'A line of code in a text does not make it code; without a lead it would flicker',
  }),
  completionPhrases: setting(
    phrases,
    [
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
    ],
    {
      meaning: 'Words in a line, in lower case, that a stream closes with. They are a hint and never end anything',
      unit: 'texts',
      reason: 'What models say at their end, and often in the middle as well',
    },
  ),
  continuationPhrases: setting(
    phrases,
    [
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
    ],
    {
      meaning: 'Words in a line, in lower case, that announce more',
      unit: 'texts',
      reason: 'What models and agents say between two pieces of work',
    },
  ),
  thinkingPhrases: setting(
    phrases,
    [
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
    ],
    {
      meaning: 'Words in a line, in lower case, of somebody who thinks or explores',
      unit: 'texts',
      reason: 'Exploring is thinking aloud: a reason to go on, not to stop',
    },
  ),
  errorPhrases: setting(
    phrases,
    ['traceback (most recent call last)', 'error:', 'exception:', 'fatal:', 'panic:', 'failed:', 'segmentation fault'],
    {
      meaning: 'Words in a line, in lower case, that tell of an error. Shown, and never a reason to end anything',
      unit: 'texts',
      reason: 'Work goes on after most errors',
    },
  ),
  repeatWords: setting(count(3, 32), 8, {
    meaning: 'A run of so many words that was there before counts as repeated',
    unit: 'words',
    reason: 'Shorter runs come again in every text; a counter or a time in a log line makes a longer one new',
  }),
  repeatShare: setting(share(0.5, 1), 0.9, {
    meaning: 'Of the newest text this share has to be repeated before it is suspected to go in circles',
    unit: 'share',
    reason: 'A loop repeats all of it; code and tables repeat parts',
  }),
  repeatShareEnd: setting(share(0, 1), 0.6, {
    meaning: 'Below this share the suspicion is dropped',
    unit: 'share',
    reason: 'Well below the other one, so that a few new words in a loop do not hide it',
  }),
  repeatMinWords: setting(count(50, 100_000), 1_200, {
    meaning: 'And so many words have to be repeated in a row',
    unit: 'words',
    reason: 'More than is remembered (about 1,000): a long quotation of what was said before ends sooner',
  }),
  patienceMs: setting(ms(1_000, 24 * HOUR_MS), MINUTE_MS, {
    meaning:
      'Text that goes in circles for this long ends the attempt with the cause stuck, where the kind may act; twice as long in the attempt after that',
    unit: 'ms',
    reason: 'A wrong stop is worse than a late one, and an answer seldom takes as long',
  }),
  toolRepeats: setting(count(3, 1_000), 12, {
    meaning:
      'The same calls of tools with the same results so often in a row, also in turns of up to four, are suspected',
    unit: 'calls',
    reason: 'Ten tries of something that fails are still stubborn work',
  }),
  toolQuickMs: setting(ms(10, HOUR_MS), 5_000, {
    meaning: 'Only calls that take less than this count as repeated',
    unit: 'ms',
    reason: 'Who waits in between is watching something, which is work',
  }),
  toolPatienceMs: setting(ms(1_000, 24 * HOUR_MS), 5 * MINUTE_MS, {
    meaning:
      'Calls of tools that go in circles for this long end the attempt with the cause stuck, where the kind may act',
    unit: 'ms',
    reason: 'Asking again and again for something that takes minutes looks the same and is healthy',
  }),
  freshMs: setting(ms(100, HOUR_MS), 15_000, {
    meaning: 'Something new within this time before the deadline is a reason to move it',
    unit: 'ms',
    reason: 'Between two thoughts of a model that is at work there is less',
  }),
  extendShare: setting(share(0.01, 1), 0.25, {
    meaning:
      'One extension is this share of the deadline that was decided, asked for when that is reached: by time, however much is said',
    unit: 'share',
    reason: 'Four of them double it',
  }),
  extendMinMs: setting(ms(100, HOUR_MS), 1_000, {
    meaning: 'And at least so long',
    unit: 'ms',
    reason: 'Not more than one extension a second',
  }),
  extendMaxMs: setting(ms(100, HOUR_MS), MINUTE_MS, {
    meaning: 'And at most so long',
    unit: 'ms',
    reason: 'It is looked at again after a minute',
  }),
  extendFactor: setting(factor(1, 10), 2, {
    meaning: 'All of them together make the deadline at most this many times as long; the hard cap holds as well',
    unit: 'factor',
    reason: 'What goes on for longer than that is what the deadline is for',
  }),
  tightenShare: setting(share(0.1, 1), 0.5, {
    meaning:
      'The idle window is this share of what was decided while a stream closes or is suspected; 1: never shortened',
    unit: 'share',
    reason: 'After closing words silence means that it has ended and hangs',
  }),
  tightenFloorMs: setting(ms(100, HOUR_MS), 30_000, {
    meaning: 'It is never shortened below this',
    unit: 'ms',
    reason: 'As long as the idle window of chat by default: only longer ones are shortened',
  }),
  tellEveryMs: setting(ms(100, HOUR_MS), 5_000, {
    meaning: 'A change of what the stream is doing is told at most this often',
    unit: 'ms',
    reason: 'Events are bounded in number',
  }),
});
export type MonitorPolicy = z.output<typeof monitorPolicySchema>;
