import { durationText, wholeText, type ClassInfo } from '@leeway/contract';
import { badge } from '../html/badge.js';
import { durationChart } from '../html/duration-chart.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { durationOrDash, percentOrDash } from '../html/figures.js';

export function classesSection(classes: readonly ClassInfo[]): Markup {
  const severalTenants = new Set(classes.map((info) => info.tenant)).size > 1;
  return table({
    caption: 'Classes of work and what has been learned about them',
    columns: columns(severalTenants),
    rows: classes,
    key: (info) => `${info.tenant}/${info.class}`,
    empty: 'Nothing has been learned yet. Each attempt that ends adds one observation of how long such work takes.',
  });
}

function columns(severalTenants: boolean): Column<ClassInfo>[] {
  return [
    {
      title: 'Class',
      meaning: 'Kind, program or model, and label: runs of one class are compared with each other',
      cell: (info) => nameCell(info, severalTenants),
    },
    {
      title: 'Runs',
      meaning:
        'Runs that the figures are taken from, and the share of them that were ended early: their full duration is not known',
      numeric: true,
      cell: runsCell,
    },
    {
      title: 'Typical',
      meaning: 'Half of the runs take no longer than this (p50)',
      numeric: true,
      cell: ({ p50Ms }) => durationOrDash(p50Ms),
    },
    {
      title: 'Slow',
      meaning: '19 of 20 runs take no longer than this (p95); a longer run is called late',
      numeric: true,
      cell: ({ p95Ms }) => durationOrDash(p95Ms),
    },
    {
      title: 'Deadline now',
      meaning: 'Time after which a run that starts now would be ended',
      numeric: true,
      cell: deadlineCell,
    },
    {
      title: 'Recent runs',
      meaning: 'Durations of the newest runs, and the deadline that each of them had',
      wide: true,
      cell: ({ deadlines }) => durationChart(deadlines),
    },
    {
      title: 'Succeeded',
      meaning: 'Share of the ended attempts of this class that succeeded',
      numeric: true,
      cell: successCell,
    },
    {
      title: 'Ended early',
      meaning:
        'Attempts that a time limit ended, and how many of those ends were wrong: the retry succeeded, and took longer than the deadline that had ended the attempt before',
      numeric: true,
      cell: killedCell,
    },
  ];
}

function nameCell(info: ClassInfo, severalTenants: boolean): Markup {
  const tenant = severalTenants && markup`<span class="muted">tenant ${info.tenant}</span>`;
  const running = info.running > 0 && markup`<span class="muted">${info.running} running</span>`;
  return markup`<code>${info.class}</code>${tenant}${running}`;
}

/** A class without a label also learns from runs with labels: it can have more runs than attempts of its own. */
function runsCell(info: ClassInfo): Markup {
  const { samples, censored } = info;
  const own = endedAttempts(info);
  return markup`${wholeText(samples)}${own < samples && markup`<span class="muted">${wholeText(own)} of its own</span>`}${censored > 0 && markup`<span class="muted">${percentOrDash(censored, samples)} ended early</span>`}`;
}

function deadlineCell(info: ClassInfo): Markup {
  return markup`<strong title="${info.sentence}">${durationText(info.deadlineMs)}</strong>${basisNote(info)}${info.loadFactor > 1 && markup`<span class="muted">×${info.loadFactor.toFixed(1)} for load</span>`}`;
}

/** Where the deadline comes from. */
function basisNote(info: ClassInfo): Markup {
  const inShadow =
    info.shadows.find(({ name, deadlineMs }) => name === 'learned' && deadlineMs !== null)?.deadlineMs ?? null;
  const learned = inShadow !== null && markup`<span class="muted">learned: ${durationText(inShadow)}</span>`;
  if (info.falseKillAlarm && info.override !== null)
    return markup`${badge('bad', 'static: wrong kills', info.override)}${learned}`;
  if (info.mode !== 'on')
    return markup`${badge('quiet', info.mode === 'off' ? 'static' : 'static, in shadow', info.override ?? '')}${learned}`;
  if (info.basis === 'static')
    return badge(
      'quiet',
      'static',
      info.override ?? 'History could not be read, so the fixed limit of the policy is used',
    );
  if (info.basis === 'prior')
    return markup`<span class="muted">${badge('quiet', 'prior', 'Too few runs yet: the wide default deadline of the policy is used')}</span>`;
  if (info.level === info.class) return markup`<span class="muted">learned</span>`;
  return markup`<span class="muted">${badge('quiet', 'borrowed', `Too few runs of its own: figures of the more general class ${info.level} are used`)}</span>`;
}

function endedAttempts({ succeeded, failed, killed }: ClassInfo): number {
  return succeeded + failed + killed;
}

function successCell(info: ClassInfo): Markup {
  const { succeeded, failed } = info;
  return markup`${percentOrDash(succeeded, endedAttempts(info))}${failed > 0 && markup`<span class="muted">${failed} failed</span>`}`;
}

function killedCell({ killed, falseKills }: ClassInfo): Markup {
  if (killed === 0) return markup`0`;
  return markup`${wholeText(killed)}<span class="muted">${falseKills === 0 ? 'none wrongly' : `${falseKills} wrongly`}</span>`;
}
