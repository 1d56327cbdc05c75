const PERCENT = 100;
/** Shares below ten percent show tenths of a percent. */
const TENTHS_BELOW = 9.95;

/** A whole number in groups of three, with narrow spaces between them: `12 345`. */
export function wholeText(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** `3 jobs`, `1 job`. The plural is the singular with an s unless it is given. */
export function countText(count: number, singular: string, plural = `${singular}s`): string {
  return `${wholeText(count)} ${count === 1 ? singular : plural}`;
}

/** A share of 0 to 1 as a percentage: `2.5 %`, `40 %`. Never rounded to 0 or 100 unless it is exactly that. */
export function percentText(share: number): string {
  const percent = share * PERCENT;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  if (percent < PERCENT && percent > PERCENT - 1) return '>99 %';
  if (percent < TENTHS_BELOW) return `${Number(percent.toFixed(1))} %`;
  return `${Math.round(percent)} %`;
}
