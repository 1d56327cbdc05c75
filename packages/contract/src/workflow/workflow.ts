import { z } from 'zod';
import { LeewayError, type FieldError } from '../errors.js';
import { describeIssues, invalidRequest } from '../format/issues.js';
import { knownFields } from '../format/known-fields.js';
import type { Policy } from '../policy/policy.js';
import { leastToStartMs } from '../policy/workflows.js';
import { stepReferences } from './step-references.js';
import { stepOrder } from './step-order.js';
import type { Submission, submissionSchema } from '../submission/submission.js';

export const WORKFLOW_KIND = 'workflow';
/** Most steps of a workflow: at the end of each step one script of Redis reads them all. */
export const MAX_STEPS = 50;
const STEP_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

type SubmissionShape = ReturnType<typeof submissionSchema>['shape'];

/** The schema of a workflow's input. The fields that a step shares with a submission have the same schemas. */
export function workflowInputSchema(shape: SubmissionShape) {
  const stepName = z.string().max(64).regex(STEP_NAME, 'expected letters, digits, dots, - and _');
  const { kind, input, label, timeoutMs, limits, attempts, onWorkerLost, overlap, stream, webhook } = shape;
  const step = z.strictObject({
    name: stepName.describe('Unique in the workflow'),
    ...{ kind, input, label, timeoutMs, limits, attempts, onWorkerLost, overlap, stream, webhook },
    needs: z
      .array(stepName)
      .max(MAX_STEPS)
      .optional()
      .describe('Steps that have to end before; without any it starts at once'),
    critical: z.boolean().optional().describe('The step gets the larger share of the time'),
    weight: z
      .number()
      .positive()
      .max(1_000)
      .optional()
      .describe('Its share of the time relative to the other steps; absent: from the history of the step, or 1'),
    onFailure: z
      .enum(['fail', 'continue'])
      .optional()
      .describe('fail: its failure ends the workflow. continue: later steps run nevertheless. Absent: fail'),
  });
  return z.strictObject({ steps: z.array(step).min(1).max(MAX_STEPS) });
}

/** A step of an accepted workflow. */
export type WorkflowStep = z.output<ReturnType<typeof workflowInputSchema>>['steps'][number];
export interface WorkflowInput {
  steps: WorkflowStep[];
}

export interface WorkflowRules {
  policy: Policy;
  schema: ReturnType<typeof workflowInputSchema>;
  /** Reads a step like a submission, with the same checks and errors. */
  readStep: (body: unknown) => Submission;
}

/** Fields for steps; they have no effect on the workflow itself. */
const OF_STEPS = ['timeoutMs', 'attempts'] as const;
const CLOCKS_OF_STEPS = ['firstOutputMs', 'idleMs', 'toolMs'] as const;

/**
 * Reads the input of a workflow: every step under the rules of its kind, names, needs, and references to results.
 * Throws the LeewayError of a plain submission, with paths into the workflow.
 */
export function readWorkflow(submission: Submission, { policy, schema, readStep }: WorkflowRules): WorkflowInput {
  const parsed = schema.safeParse(submission.input);
  if (!parsed.success) {
    const errors = describeIssues(parsed.error, submission.input, (path) => knownFields(schema, path));
    throw invalidRequest(errors.map((error) => ({ ...error, path: `/input${error.path}` })));
  }
  const { steps } = parsed.data;
  const problems = [
    ...misplacedFields(submission, policy),
    ...duplicateNames(steps),
    ...unknownNeeds(steps),
    ...badReferences(steps),
  ];
  if (problems.length === 0 && stepOrder(steps) === undefined)
    problems.push({
      path: '/input/steps',
      message: 'some steps need each other in a circle, so none of them could start',
    });
  const read = steps.map((step, i) => readOne(step, i, { problems, readStep }));
  if (problems.length > 0) throw invalidRequest(problems);
  return { steps: read };
}

function readOne(
  step: WorkflowStep,
  i: number,
  { problems, readStep }: Pick<WorkflowRules, 'readStep'> & { problems: FieldError[] },
): WorkflowStep {
  const path = `/input/steps/${i}`;
  const { name: _name, needs: _needs, critical: _critical, weight: _weight, onFailure: _onFailure, ...body } = step;
  if (step.kind === WORKFLOW_KIND) {
    problems.push({ path: `${path}/kind`, message: 'a step cannot be a workflow; put its steps here instead' });
    return step;
  }
  try {
    return { ...step, input: readStep(body).input };
  } catch (error) {
    if (!(error instanceof LeewayError)) throw error;
    const errors = (error.details.errors ?? []).map((each) => ({ ...each, path: `${path}${each.path}` }));
    // A refusal by the policy keeps its own code; problems of the form are collected.
    if (error.code !== 'invalid_request')
      throw new LeewayError(error.code, `Step "${step.name}": ${error.message}`, { errors });
    problems.push(...errors);
    return step;
  }
}

function misplacedFields(submission: Submission, policy: Policy): FieldError[] {
  const problems: FieldError[] = [];
  for (const name of OF_STEPS)
    if (submission[name] !== undefined)
      problems.push({ path: `/${name}`, message: 'belongs to the steps; limits.overallMs or mode bounds a workflow' });
  for (const name of CLOCKS_OF_STEPS)
    if (submission.limits?.[name] !== undefined)
      problems.push({ path: `/limits/${name}`, message: 'belongs to the limits of the steps' });
  const overallMs = submission.limits?.overallMs;
  const leastMs = leastToStartMs(policy.workflows);
  if (overallMs !== undefined && overallMs < leastMs)
    problems.push({
      path: '/limits/overallMs',
      message: `expected at least ${leastMs} ms (half of workflows.minStepMs), or no step would start; got ${overallMs}`,
    });
  return problems;
}

function duplicateNames(steps: readonly WorkflowStep[]): FieldError[] {
  return steps.flatMap(({ name }, i) =>
    steps.findIndex((other) => other.name === name) === i
      ? []
      : [{ path: `/input/steps/${i}/name`, message: `expected a unique name; an earlier step has the name "${name}"` }],
  );
}

function unknownNeeds(steps: readonly WorkflowStep[]): FieldError[] {
  const names = steps.map(({ name }) => name);
  return steps.flatMap(({ name, needs = [] }, i) =>
    needs.flatMap((need, j) => {
      const path = `/input/steps/${i}/needs/${j}`;
      if (need === name) return [{ path, message: 'a step cannot need itself' }];
      return names.includes(need)
        ? []
        : [{ path, message: `there is no step "${need}"; the steps are ${names.join(', ')}` }];
    }),
  );
}

function badReferences(steps: readonly WorkflowStep[]): FieldError[] {
  return steps.flatMap(({ kind, input, needs = [] }, i) =>
    stepReferences(kind, input).flatMap(({ step, path, allowed }) => {
      const at = `/input/steps/${i}/input${path}`;
      if (!allowed) return [{ path: at, message: `{{steps.${step}}} is possible only in ${PLACES[kind] ?? 'texts'}` }];
      return needs.includes(step)
        ? []
        : [{ path: at, message: `{{steps.${step}}} is the result of a step that is not among its needs` }];
    }),
  );
}

const PLACES: Readonly<Record<string, string>> = {
  command: 'the stdin of a command, never in its arguments or its environment',
  chat: 'the content of messages',
};
