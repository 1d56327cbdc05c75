const PERCENT = 100;

/** `3 jobs`, `1 job`. The plural is the singular with an s unless it is given. */
export function countText(count: number, singular: string, plural = `${singular}s`): string {
  return `${wholeText(count)} ${count === 1 ? singular : plural}`;
}

/** A whole number with thin groups of three: `12 345`. */
export function wholeText(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A share of 0 to 1 as a percentage; never rounded to 0 or 100 unless it is exactly that. */
export function percentText(share: number): string {
  const percent = share * PERCENT;
  if (percent > 0 && percent < 1) return '<1 %';
  if (percent < PERCENT && percent > PERCENT - 1) return '>99 %';
  return `${Math.round(percent)} %`;
}

export function percentOrDash(part: number, whole: number): string {
  return whole === 0 ? '—' : percentText(part / whole);
}
