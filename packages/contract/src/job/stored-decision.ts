import { decisionSentence } from '../format/decision-sentence.js';
import { decisionSchema, type Decision } from './decision.js';

/** What is absent of a stored decision and is not null, or the sentence, is absent of the decision. */
const NULLS = Object.fromEntries(
  Object.entries(decisionSchema.shape)
    .filter(([, schema]) => schema.safeParse(null).success && !schema.safeParse(undefined).success)
    .map(([name]) => [name, null]),
);

/** A decision as a record keeps it, about half as long: without what is null, and without the sentence that follows from it. */
export type StoredDecision = Partial<Decision>;

export function packDecision(decision: Decision): StoredDecision {
  const { sentence, ...rest } = decision;
  const present = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  return sentence === decisionSentence(decision) ? present : { ...present, sentence };
}

export function unpackDecision(stored: StoredDecision): Decision {
  const decision = { ...NULLS, ...stored } as Decision;
  decision.sentence = stored.sentence ?? decisionSentence(decision);
  return decision;
}
