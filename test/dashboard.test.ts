/// <reference lib="dom" />
import type { Browser, Locator, Page } from 'playwright-core';
import { findBrowser, longForm, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { unreadableTexts } from './dashboard/contrast.js';
import { openBrowser } from './dashboard/open-browser.js';

const program = findBrowser();
const title = program === undefined ? 'dashboard (skipped: no Chromium on PATH)' : 'dashboard in a browser';

/** Long enough for a page that is updated every second to show an attempt as late. */
const DEADLINE_MS = 3_000;
const POLICY = { estimator: { floorMs: DEADLINE_MS, coldFloorMs: DEADLINE_MS }, supervision: { graceMs: 200 } };
/** Quick on any machine, so that its deadline is the shortest one of the policy. */
const QUICK = ['tail', '/dev/null'];
const HANGS = ['tail', '-f', '/dev/null'];
const LEARNED_FROM = 22;
/** Widths and themes: each of them once, and in the long form all combinations. */
const LOOKS = longForm(
  [
    { width: 400, dark: false },
    { width: 1600, dark: true },
  ],
  [400, 1600].flatMap((width) => [false, true].map((dark) => ({ width, dark }))),
);
/** Far longer than a busy machine needs. */
const PATIENCE_MS = 20_000;

describe.skipIf(program === undefined)(title, () => {
  let stack: Stack;
  let browser: Browser;
  let page: Page;
  /** Script errors and refused resources of the open page. */
  const complaints: string[] = [];

  beforeAll(async () => {
    stack = await startStack({ workers: 2, dashboard: true, policy: POLICY });
    browser = await openBrowser(program ?? '');
    const jobs = await Promise.all(Array.from({ length: LEARNED_FROM }, () => stack.run(QUICK)));
    await Promise.all(jobs.map(({ id }) => stack.waitFinal(id)));
    await bothHaveLearned();
  });

  /** Workers read history again after a second: the tests start when each of them decides by what was learned. */
  const bothHaveLearned = async () => {
    const learned = new Set<string>();
    const probe = async () => {
      const { attempts } = await stack.waitFinal((await stack.run(QUICK)).id);
      for (const { worker, decision } of attempts) if (decision?.basis === 'history') learned.add(worker);
      return learned.size === stack.workers.length;
    };
    await waitUntil(probe, { what: 'both workers to decide by history', timeoutMs: PATIENCE_MS });
  };

  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  afterEach(async () => {
    await page?.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  const open = async (path: string, options: { width?: number; dark?: boolean } = {}) => {
    page = await browser.newPage({
      viewport: { width: options.width ?? 1280, height: 900 },
      colorScheme: options.dark === true ? 'dark' : 'light',
    });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    await page.goto(`${stack.dashboard}${path}`);
    return page;
  };
  const part = (name: string) => page.locator(`[data-part="${name}"]`);
  const badge = (within: Locator, text: string) => within.locator('.badge', { hasText: text });
  const row = (name: string, id: string) => part(name).locator('tr', { has: page.locator(`a[href="/jobs/${id}"]`) });

  it('shows on its first page when a job starts, is late and is ended (F187)', async () => {
    await open('/');
    const job = await stack.run(HANGS, { attempts: 1 });
    await row('running', job.id).waitFor();
    await badge(row('running', job.id), 'late').waitFor();
    expect(await part('situation').innerText()).toContain('1 attempt is late');
    expect(await row('running', job.id).locator('svg.bar').getAttribute('aria-label')).toContain('ended at 3 s');
    await row('recent', job.id).waitFor();
    const ended = await row('recent', job.id).innerText();
    expect(ended).toContain('failed');
    expect(ended).toContain('The attempt reached its deadline and was stopped.');
    expect(await row('running', job.id).count()).toBe(0);
  });

  it('shows the deadline of a class with the runs that it was learned from (F60, F63)', async () => {
    await open('/');
    const learned = part('classes').locator('tr', { hasText: 'command/tail' }).first();
    const text = await learned.innerText();
    expect(text).toContain('3 s');
    expect(text).toContain('learned');
    expect(await learned.locator('svg.chart').getAttribute('aria-label')).toMatch(
      /The last \d+ runs took .*deadline .*10 min/,
    );
  });

  it('marks the deadline of a class without history as a prior (F10)', async () => {
    await open('/');
    const job = await stack.run(['sleep', '30'], { attempts: 1 });
    await badge(row('running', job.id), 'no history').waitFor();
    await stack.request('POST', `/v1/jobs/${job.id}/cancel`);
    await stack.waitFinal(job.id);
    const seen = part('classes').locator('tr', { hasText: 'command/sleep' }).first();
    await badge(seen, 'prior').waitFor();
  });

  it('shows a new worker, and shows it as lost when it is frozen', async () => {
    await open('/');
    const spare = await stack.addWorker();
    await part('workers').getByText(`process ${spare.pid}`).waitFor();
    spare.stop();
    await badge(part('workers').locator('tr', { hasText: `process ${spare.pid}` }), 'lost').waitFor();
    expect(await part('situation').innerText()).toContain('1 worker was lost');
  });

  it('updates the page of a job to its end without a reload, and shows why it has its deadline (F7)', async () => {
    const job = await stack.run([
      'node',
      '-e',
      'console.log("half way"); setTimeout(() => console.error("done"), 1500)',
    ]);
    await open(`/jobs/${job.id}`);
    await badge(part('summary'), 'running').waitFor();
    await part('output').getByText('half way').waitFor();
    await badge(part('summary'), 'succeeded').waitFor();
    await part('output').getByText('done').waitFor();
    expect(await part('decision').innerText()).toContain(job.decision?.sentence.slice(0, 20));
    const events = await part('timeline').innerText();
    for (const text of ['Submitted', 'Attempt started', 'Job ended']) expect(events).toContain(text);
  });

  it('pauses, resumes and cancels a running job with the buttons of its page', async () => {
    const job = await stack.run(HANGS, { timeoutMs: 60_000, attempts: 1 });
    await stack.waitJob(job.id, ({ state }) => state === 'running');
    await open(`/jobs/${job.id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await badge(part('summary'), 'paused').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await badge(part('summary'), 'running').waitFor();
    await page.getByText('Cancel this job').click();
    await page.getByLabel('Reason').fill('not needed any more');
    await page.getByRole('button', { name: 'Cancel the job' }).click();
    await badge(part('summary'), 'cancelled').waitFor();
    expect((await stack.waitFinal(job.id)).state).toBe('cancelled');
  });

  it('never treats text of a job as HTML, on any page (F190)', async () => {
    const attack = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';
    const job = await stack.submit({
      kind: 'command',
      label: attack,
      input: { argv: ['node', '-e', `console.log(${JSON.stringify(attack)}); process.exitCode = 1`, attack] },
      metadata: { [attack]: attack },
      attempts: 1,
    });
    await stack.waitFinal(job.id);
    for (const path of [
      '/',
      `/jobs/${job.id}`,
      `/jobs?label=${encodeURIComponent(attack)}`,
      `/board/queue/command/${job.id}`,
    ]) {
      await open(path);
      await page.getByText('onerror').first().waitFor();
      expect(await page.title()).not.toBe('taken');
      expect(await page.locator('img[src="x"]').count()).toBe(0);
      await page.close();
    }
  });

  it('shows deadline, class, lateness and last heartbeat of each job on Bull Board, which is read-only', async () => {
    const job = await stack.run(HANGS, { attempts: 1 });
    await stack.waitJob(job.id, ({ state }) => state === 'running');
    await open('/board/queue/command?status=active');
    await page.getByText('lastHeartbeat').first().waitFor();
    const text = await page.locator('body').innerText();
    for (const name of ['deadline', 'class', 'lateness', 'lastHeartbeat'])
      expect(text).toMatch(new RegExp(`${name}:\\s*"[^"]+"`));
    expect(await page.getByText('Open in Leeway').first().getAttribute('href')).toBe(`/jobs/${job.id}`);
    const refused = await page.evaluate(
      async (id) => (await fetch(`/board/api/queues/command/${id}/retry`, { method: 'PUT' })).status,
      job.id,
    );
    expect(refused).toBe(405);
    complaints.splice(0);
    await stack.request('POST', `/v1/jobs/${job.id}/cancel`);
  });

  it('keeps its content while Redis is away, with a warning, and continues when Redis is back', async () => {
    await open('/');
    await page.locator('[data-pulse]').waitFor();
    stack.redis.freeze();
    try {
      await page.getByText('Redis cannot be reached').waitFor();
      expect(await part('classes').innerText()).toContain('command/tail');
    } finally {
      stack.redis.thaw();
    }
    await page.locator('[data-outage]').waitFor({ state: 'hidden' });
    complaints.splice(0);
  });

  it('keeps the elements of a page, and what was unfolded, from one update to the next', async () => {
    await open('/');
    await page.getByText('What am I looking at?').click();
    await page.evaluate(() =>
      document.querySelectorAll('[data-part] tr').forEach((element) => Object.assign(element, { seenBefore: true })),
    );
    const asked = () => page.evaluate(() => performance.getEntriesByName(`${location.origin}/data/overview`).length);
    const before = await asked();
    await waitUntil(async () => (await asked()) >= before + 2, { what: 'two more updates', timeoutMs: 20_000 });
    const kept = await page
      .locator('[data-part="classes"] tr')
      .evaluateAll((rows) => rows.every((element) => 'seenBefore' in element));
    expect(kept).toBe(true);
    expect(await page.locator('details.explain').getAttribute('open')).not.toBeNull();
  });

  it.each(LOOKS)('fits the screen and has readable contrast at $width px, dark: $dark', async (look) => {
    const { id } = await stack.run(QUICK);
    await stack.waitFinal(id);
    for (const path of ['/', `/jobs/${id}`, '/jobs']) {
      await open(path, look);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${path} is wider than the screen`).toBe(0);
      expect(await page.evaluate(unreadableTexts), `texts on ${path} with too little contrast`).toEqual([]);
      await page.close();
    }
  });
});
