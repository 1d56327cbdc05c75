import { apiReference } from './api-reference.js';
import { errorsReference } from './errors-reference.js';
import { policyReference } from './policy-reference.js';

/** Pages under docs/ that are made from the code, so that they cannot say anything else. */
export const REFERENCE_DOCS: Readonly<Record<string, () => string>> = {
  'docs/api.md': apiReference,
  'docs/errors.md': errorsReference,
  'docs/policy.md': policyReference,
};
