import { allowedText, durationText, percentText, wholeText, type Cap, type Decision } from '@leeway/contract';
import { markup, type Markup, type MarkupValue } from '../html/markup.js';
import { durationOrDash } from '../html/figures.js';

interface Fact {
  name: string;
  value: MarkupValue;
  meaning: string;
}

/** Why an attempt has its deadline: the sentence, and the figures behind it. */
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
      meaning: 'Time after which the attempt is ended',
    },
    {
      name: 'Expected',
      value: durationOrDash(decision.expectedMs),
      meaning: 'Half of the runs like it take no longer than this (p50)',
    },
    {
      name: 'Late after',
      value: durationOrDash(decision.lateMs),
      meaning:
        '19 of 20 runs like it take no longer than this (p95). A longer run is shown as late, and not ended for it',
    },
    {
      name: 'Extended to at most',
      value: durationText(decision.hardCapMs),
      meaning: 'The deadline is never moved beyond this',
    },
    {
      name: 'First output',
      value: markup`${clockText(decision.firstOutputMs)}${startText(decision)}`,
      meaning: 'Longest time to the first output',
    },
    { name: 'Silence', value: clockText(decision.idleMs), meaning: 'Longest pause between two outputs' },
    { name: 'Tool silence', value: clockText(decision.toolMs), meaning: 'Longest pause while a tool runs' },
  ];
}

function startText({ startUpMs = 0 }: Decision): MarkupValue {
  return startUpMs > 0 && markup`<span class="muted"> ${durationText(startUpMs)} of it for starting up</span>`;
}

function clockText(limitMs: number | null): string {
  return limitMs === null ? 'no limit' : durationText(limitMs);
}

const BASIS: Record<Decision['basis'], string> = {
  explicit: 'the submission names it',
  no_timeout: 'none, as the submission asked: only silence and the backstop end it',
  history: 'runs of this class',
  borrowed: 'runs of a more general class',
  prior: 'the wide default of the policy, until there are enough runs',
  static: 'the fixed limit of the policy',
};

function basisFacts(decision: Decision): Fact[] {
  const cut =
    decision.censored === 0
      ? null
      : markup`<span class="muted"> ${wholeText(decision.censored)} of them ended early</span>`;
  return [
    { name: 'Basis', value: BASIS[decision.basis], meaning: 'Where the deadline comes from' },
    {
      name: 'Figures of',
      value: decision.level === null ? '—' : markup`<code>${decision.level}</code>`,
      meaning: 'The class, or more general class, whose runs were used',
    },
    {
      name: 'Runs',
      value: markup`${wholeText(decision.samples)}${cut}`,
      meaning: 'How many runs were used, and how many of them were ended early: their full duration is not known',
    },
    {
      name: 'Quantile',
      value: decision.quantile === null ? '—' : percentText(decision.quantile),
      meaning: 'The share of those runs that took no longer than the duration that the margin is applied to',
    },
    {
      name: 'Margin',
      value: decision.margin === null ? '—' : `×${decision.margin.toFixed(2)}`,
      meaning: 'The deadline is this many times that duration',
    },
    {
      name: 'Load',
      value: markup`×${decision.loadFactor.toFixed(2)}${decision.loadEvidence !== null && markup`<span class="muted"> ${decision.loadEvidence}</span>`}`,
      meaning: 'How much slower than usual this work runs now, as measured',
    },
    {
      name: 'Confidence',
      value: percentText(decision.confidence),
      meaning: '0 %: a guess. 100 %: many runs, and deadlines that were right',
    },
    { name: 'Override', value: decision.override ?? 'none', meaning: 'The rule that replaced the estimate' },
    { name: 'Policy', value: decision.policyVersion, meaning: 'Version of the policy in force at the decision' },
  ];
}

const CAP_NAMES: Record<Cap['name'], string> = {
  floor: 'the shortest deadline of the policy',
  cold_floor: 'the shortest deadline from a more general class',
  explicit: 'the limit of the submission',
  backstop: 'the longest attempt that the policy allows',
  tier: "the tier's limit",
  policy_max: "the policy's maximum",
  overall: 'what is left of the overall limit',
  complete_by: 'what is left until completeBy',
  mode: 'what is left of the time budget of its mode',
  share: 'its share of the time of the workflow',
  budget: 'what later steps leave of that time',
  rate_of_change: 'the largest change from one run to the next',
  retry: 'more than the deadline that ended the previous attempt',
  slow_runs: 'runs like it that took longer than the deadline of the previous attempt',
  phases: 'the end of its last phase',
  unended: 'runs like it that were ended early',
  hang_bound: 'the bound for work that keeps hanging',
};

function capsList(caps: readonly Cap[]): Markup | null {
  if (caps.length === 0) return null;
  return markup`<p class="muted">Limits that were considered: ${caps.map(capText)}</p>`;
}

function capText(cap: Cap, index: number): Markup {
  const text = `${CAP_NAMES[cap.name]}, ${durationText(cap.limitMs)}`;
  return markup`${index > 0 && '; '}${cap.bit ? markup`<strong>${text} (applied)</strong>` : text}`;
}
