import { DEFAULT_ENVIRONMENT, ENVIRONMENTS, type Environment } from '@leeway/contract';
import type { Parsed } from './env-reader.js';

/** The environment of this process, and the setting that names it. */
export interface FoundEnvironment {
  readonly name: Environment;
  /** For people: `set by LEEWAY_ENVIRONMENT`. */
  readonly reason: string;
}

/** Variables that platforms set, in order of precedence: a build that runs in a cluster is a build. */
const MARKERS: readonly (readonly [variable: string, environment: Environment, what: string])[] = [
  ['CI', 'testing', 'a build server'],
  ['KUBERNETES_SERVICE_HOST', 'production', 'Kubernetes'],
  ['K_SERVICE', 'production', 'Cloud Run or Knative'],
  ['ECS_CONTAINER_METADATA_URI_V4', 'production', 'Amazon ECS'],
  ['FLY_APP_NAME', 'production', 'Fly.io'],
  ['DYNO', 'production', 'Heroku'],
];
/** Values that some tools write for a variable that does not apply. */
const NOT_SET = ['', '0', 'false'];

/** The environment that the policy names, else LEEWAY_ENVIRONMENT, else the one the platform implies, else local. */
export function findEnvironment(
  env: NodeJS.ProcessEnv,
  { inPolicy, inVariable }: { inPolicy: Environment | undefined; inVariable: Environment | null },
): FoundEnvironment {
  if (inPolicy !== undefined) return { name: inPolicy, reason: 'set in the policy' };
  if (inVariable !== null) return { name: inVariable, reason: 'set by LEEWAY_ENVIRONMENT' };
  const marker = MARKERS.find(([variable]) => !NOT_SET.includes((env[variable] ?? '').toLowerCase()));
  if (marker !== undefined) return { name: marker[1], reason: `${marker[0]} is set, as on ${marker[2]}` };
  return { name: DEFAULT_ENVIRONMENT, reason: 'the default' };
}

export function parseEnvironment(text: string): Parsed<Environment> {
  const known = ENVIRONMENTS.find((each) => each === text);
  return known === undefined ? { expected: `one of ${ENVIRONMENTS.join(', ')}` } : { ok: known };
}

/** The line about the environment that every process logs at its start. */
export function environmentSentence({ name, reason }: FoundEnvironment): string {
  return `limits of the environment ${name} apply: ${reason}`;
}
