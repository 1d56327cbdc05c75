/** Bounds of the API that tests change and operators have no reason to. */
export interface ApiBounds {
  /** Age that the history behind a quote may have; undefined: what the forecaster allows. */
  readonly historyMaxAgeMs?: number;
}

export const API_BOUNDS: ApiBounds = {};
