import type { Policy } from '@leeway/contract';
import type { Overview } from '../data/overview.js';
import { markup, type Markup } from '../html/markup.js';
import { classesSection } from '../sections/classes-section.js';
import { classesLegend, explanation, runningLegend } from '../sections/legends.js';
import { providersSection } from '../sections/providers-section.js';
import { recentSection } from '../sections/recent-section.js';
import { situationSection } from '../sections/situation-section.js';
import { runningSection } from '../sections/running-section.js';
import { workersSection } from '../sections/workers-section.js';
import { livePart, page } from './layout.js';

export const OVERVIEW_POLL_PATH = '/data/overview';

const NO_PARTS = { situation: null, running: null, classes: null, workers: null, providers: null, recent: null };
type PartName = keyof typeof NO_PARTS;

/** The parts of the page that are updated, by name. */
export function overviewParts(overview: Overview, settings: OverviewSettings): Record<PartName, Markup> {
  const { policy, apiUrl } = settings;
  return {
    situation: situationSection(overview, apiUrl),
    running: runningSection({
      attempts: overview.running,
      notShown: overview.notShown,
      lostAfterMs: policy.supervision.lostAfterMs,
    }),
    classes: classesSection(overview.classes),
    workers: workersSection(overview.workers, overview.atMs),
    providers: providersSection(overview.providers, overview.atMs),
    recent: recentSection(overview.recent, overview.atMs),
  };
}

export interface OverviewSettings {
  policy: Policy;
  /** Address of the API, shown in the example of a first job. */
  apiUrl: string;
}

/** The first page. `parts` is null while Redis is away: the page is then filled by its updates. */
export function overviewPage(parts: Record<PartName, Markup> | null): string {
  const part = (name: PartName) => livePart(name, (parts ?? NO_PARTS)[name]);
  return page({
    title: 'Overview',
    current: 'overview',
    pollPath: OVERVIEW_POLL_PATH,
    body: markup`<h1 class="unseen">Overview</h1>${part('situation')}${explanation()}
<section aria-labelledby="running"><h2 id="running">Running now</h2>${runningLegend()}${part('running')}</section>
<section aria-labelledby="classes"><h2 id="classes">What has been learned</h2>${classesLegend()}${part('classes')}</section>
<section aria-labelledby="workers"><h2 id="workers">Workers</h2>${part('workers')}</section>
<section>${part('providers')}</section>
<section aria-labelledby="recent"><h2 id="recent">Ended recently</h2>${part('recent')}</section>`,
  });
}
