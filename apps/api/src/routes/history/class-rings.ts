import { classFromName, parseRingKey, ringKeys, type RingKey } from '@leeway/estimator';

/** The rings that belong to a class alone: those of its more general levels hold the results of others, too. */
export function ownRingKeys(tenant: string, className: string): RingKey[] {
  return ringKeys(tenant, classFromName(className)).filter((key) => {
    const parts = parseRingKey(key);
    if (parts === undefined || parts.tenant === null) return false;
    // Scores are kept with kind and executable, in several rings below it.
    return parts.level === className || (parts.metric === 'score' && parts.level.startsWith(`${className}/~`));
  });
}
