import { z } from 'zod';
import { MINUTE_MS } from '../format/duration.js';
import { factor, ms, setting, share } from './setting.js';

/**
 * How the limits of a tier nest, where it does not name them itself: a provider's call with its repeats < step <
 * attempt <= overall < client's wait.
 */
export const layersPolicySchema = z.strictObject({
  stepShare: setting(share(0.01, 0.99), 0.9, {
    meaning: 'A step of an attempt, such as one model with all its calls, may take this share of it',
    unit: 'share',
    reason: 'The rest is for preparing, for reading what came, and for another model',
  }),
  callShare: setting(share(0.01, 0.99), 0.66, {
    meaning: 'A call to a provider that has not answered yet may take at most this share of the step',
    unit: 'share',
    reason: 'In the rest another call could still answer',
  }),
  retrySlack: setting(share(0, 0.5), 0.05, {
    meaning: 'Share of the step that calls, repeats and the pauses between them leave unused',
    unit: 'share',
    reason: 'Connecting, and the work of the machine itself',
  }),
  minCallMs: setting(ms(1, 10 * MINUTE_MS), 10_000, {
    meaning: 'Repeats of a call are given up as far as it takes to leave a call this much',
    unit: 'ms',
    reason: 'A model that is loaded answers by then; two calls that are too short are worth less than one',
  }),
  overallShare: setting(factor(0, 0.99), 0.5, {
    meaning: "The overall limit lies this far on the way from the attempt to the client's wait",
    unit: 'share',
    reason: 'Room for a second attempt after an early failure, and time to tell the client',
  }),
});
export type LayersPolicy = z.output<typeof layersPolicySchema>;
