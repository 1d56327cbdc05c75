import { DEFAULT_ENVIRONMENT, ENVIRONMENTS, type Environment } from '@leeway/contract';
import type { Parsed } from './env-reader.js';

/** Where this process runs, and how that is known. */
export interface FoundEnvironment {
  readonly name: Environment;
  /** For people: `LEEWAY_ENVIRONMENT says so`. */
  readonly reason: string;
}

/** Variables that platforms set, the most telling first: a build that runs in a cluster is a build. */
const MARKERS: readonly (readonly [variable: string, environment: Environment, what: string])[] = [
  ['CI', 'testing', 'a build server'],
  ['KUBERNETES_SERVICE_HOST', 'production', 'Kubernetes'],
  ['K_SERVICE', 'production', 'Cloud Run or Knative'],
  ['ECS_CONTAINER_METADATA_URI_V4', 'production', 'Amazon ECS'],
  ['FLY_APP_NAME', 'production', 'Fly.io'],
  ['DYNO', 'production', 'Heroku'],
];
/** What some tools write to say that they are none. */
const NOT_SET = ['', '0', 'false'];

/** Which environment this is: what the policy says, else the variable, else what the platform shows, else local. */
export function findEnvironment(
  env: NodeJS.ProcessEnv,
  { inPolicy, inVariable }: { inPolicy: Environment | undefined; inVariable: Environment | null },
): FoundEnvironment {
  if (inPolicy !== undefined) return { name: inPolicy, reason: 'the policy says so' };
  if (inVariable !== null) return { name: inVariable, reason: 'LEEWAY_ENVIRONMENT says so' };
  const marker = MARKERS.find(([variable]) => !NOT_SET.includes((env[variable] ?? '').toLowerCase()));
  if (marker !== undefined) return { name: marker[1], reason: `${marker[0]} is set, as on ${marker[2]}` };
  return { name: DEFAULT_ENVIRONMENT, reason: 'nothing says otherwise' };
}

export function parseEnvironment(text: string): Parsed<Environment> {
  const known = ENVIRONMENTS.find((each) => each === text);
  return known === undefined ? { expected: `one of ${ENVIRONMENTS.join(', ')}` } : { ok: known };
}

/** The line that every process logs at its start. */
export function environmentSentence({ name, reason }: FoundEnvironment): string {
  return `limits are those of the environment ${name}: ${reason}`;
}
