/** A step in the plan of a workflow, with its part of the time as the estimator split it. */
export interface PlannedStep {
  name: string;
  kind: string;
  class: string;
  /** Positions of the steps it needs, from 1. */
  needs: number[];
  critical: boolean;
  onFailure: 'fail' | 'continue';
  /** Its share of the whole time. */
  share: number;
  ofRest: number;
  behind: number;
}
