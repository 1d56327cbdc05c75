import { decisionSentence } from './decision-sentence.js';
import { decisionSchema, type Decision } from './decision.js';

/** Fields that are absent in a stored decision where they are null. */
const NULLS = Object.fromEntries(
  Object.entries(decisionSchema.shape)
    .filter(([, schema]) => schema.safeParse(null).success && !schema.safeParse(undefined).success)
    .map(([name]) => [name, null]),
);

/** A decision in the record of a job, about half as long: without null fields, and without the sentence where that follows from the others. */
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
