import { apiReference } from './api-reference.js';
import { errorsReference } from './errors-reference.js';
import { policyReference } from './policy-reference.js';

/** The pages in docs/ that are generated from the code. */
export const REFERENCE_DOCS: Readonly<Record<string, () => string>> = {
  'docs/api.md': apiReference,
  'docs/errors.md': errorsReference,
  'docs/policy.md': policyReference,
};
