/** `npm run test:full` sets it to 1; `npm test` leaves it out. */
const FULL = 'LEEWAY_FULL';

/**
 * `long` under `npm run test:full`, else `short`: how many rounds a test runs, how many jobs it submits, which cases it
 * tries. A test for the full run alone: `test.skipIf(!longForm(false, true))`.
 */
export function longForm<T>(short: T, long: T): T {
  return process.env[FULL] === '1' ? long : short;
}
