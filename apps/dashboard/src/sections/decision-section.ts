import { allowedText, durationText, percentText, wholeText, type Cap, type Decision } from '@leeway/contract';
import { markup, type Markup, type MarkupValue } from '../html/markup.js';
import { durationOrDash } from '../html/figures.js';

interface Fact {
  name: string;
  value: MarkupValue;
  meaning: string;
}

/** Why an attempt may run as long as it may: the sentence, and the record behind it. */
export function decisionSection(decision: Decision | null): Markup {
  if (decision === null) return markup`<p class="empty">No decision was recorded.</p>`;
  return markup`<p class="decision">${decision.sentence}</p>
<dl class="facts">${[...clockFacts(decision), ...basisFacts(decision)].map(factEntry)}</dl>${capsList(decision.caps)}`;
}

function factEntry({ name, value, meaning }: Fact): Markup {
  return markup`<div title="${meaning}"><dt>${name}</dt><dd>${value}</dd></div>`;
}

function clockFacts(decision: Decision): Fact[] {
  return [
    {
      name: 'Deadline',
      value: markup`<strong>${allowedText(decision)}</strong>`,
      meaning: 'The attempt is ended after this long',
    },
    {
      name: 'Expected',
      value: durationOrDash(decision.expectedMs),
      meaning: 'Half of the runs like it take no longer (p50)',
    },
    {
      name: 'Late after',
      value: durationOrDash(decision.lateMs),
      meaning: '19 of 20 runs like it take no longer (p95); only shown',
    },
    { name: 'Never beyond', value: durationText(decision.hardCapMs), meaning: 'No extension goes further' },
    {
      name: 'First output',
      value: markup`${clockText(decision.firstOutputMs)}${startText(decision)}`,
      meaning: 'The first output has to come within this',
    },
    { name: 'Silence', value: clockText(decision.idleMs), meaning: 'The longest pause between two outputs' },
    { name: 'Tool silence', value: clockText(decision.toolMs), meaning: 'The longest pause while a tool runs' },
  ];
}

function startText({ startUpMs = 0 }: Decision): MarkupValue {
  return startUpMs > 0 && markup`<span class="muted"> ${durationText(startUpMs)} of it for a start</span>`;
}

function clockText(limitMs: number | null): string {
  return limitMs === null ? 'no limit' : durationText(limitMs);
}

const BASIS: Record<Decision['basis'], string> = {
  explicit: 'named in the submission',
  no_timeout: 'none, as the submission asked: only silence and the backstop end it',
  history: 'own results of the class',
  borrowed: 'results of a more general class',
  prior: 'nothing known yet: the wide default of the policy',
  static: 'the fixed limit of the policy, for the reason above',
};

function basisFacts(decision: Decision): Fact[] {
  const cut =
    decision.censored === 0
      ? null
      : markup`<span class="muted"> ${wholeText(decision.censored)} of them cut short</span>`;
  return [
    { name: 'Basis', value: BASIS[decision.basis], meaning: 'What the deadline was taken from' },
    {
      name: 'Figures of',
      value: decision.level === null ? '—' : markup`<code>${decision.level}</code>`,
      meaning: 'The class, or more general class, whose results were used',
    },
    {
      name: 'Results',
      value: markup`${wholeText(decision.samples)}${cut}`,
      meaning: 'How many results were used, and how many are only known to be longer',
    },
    {
      name: 'Quantile',
      value: decision.quantile === null ? '—' : percentText(decision.quantile),
      meaning: 'This share of the results took no longer than the figure that the margin is applied to',
    },
    {
      name: 'Margin',
      value: decision.margin === null ? '—' : `×${decision.margin.toFixed(2)}`,
      meaning: 'The deadline is this many times that figure',
    },
    {
      name: 'Load',
      value: markup`×${decision.loadFactor.toFixed(2)}${decision.loadEvidence !== null && markup`<span class="muted"> ${decision.loadEvidence}</span>`}`,
      meaning: 'How much slower than usual this work runs right now, as measured',
    },
    {
      name: 'Confidence',
      value: percentText(decision.confidence),
      meaning: '0 %: a guess; 100 %: many results, and deadlines that held',
    },
    { name: 'Override', value: decision.override ?? 'none', meaning: 'The rule that replaced the estimate' },
    { name: 'Policy', value: decision.policyVersion, meaning: 'Version of the policy that was in force' },
  ];
}

const CAP_NAMES: Record<Cap['name'], string> = {
  floor: 'the floor',
  cold_floor: 'the floor for borrowed figures',
  explicit: 'the limit of the submission',
  backstop: 'the longest attempt that the policy allows',
  tier: "the tier's limit",
  policy_max: "the policy's maximum",
  overall: 'what is left of the overall limit',
  complete_by: 'what is left until completeBy',
  mode: 'what is left of its mode',
  share: 'its part of the time of the workflow',
  budget: 'what later steps leave of that time',
  rate_of_change: 'the bound on how fast it may change',
  retry: 'more than the deadline that ended the attempt before',
  slow_runs: 'what several runs like it took that lasted longer than the attempt before was allowed',
  phases: 'the end of its last phase',
  unended: 'what runs that did not end call for',
  hang_bound: 'the bound for a class that keeps hanging',
};

function capsList(caps: readonly Cap[]): Markup | null {
  if (caps.length === 0) return null;
  return markup`<p class="muted">Limits that were looked at: ${caps.map(capText)}</p>`;
}

function capText(cap: Cap, index: number): Markup {
  const text = `${CAP_NAMES[cap.name]}, ${durationText(cap.limitMs)}`;
  return markup`${index > 0 && '; '}${cap.bit ? markup`<strong>${text} (decided)</strong>` : text}`;
}
