import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findBrowser, SCENARIOS, startFakeProvider, startStack, type Stack } from '@leeway/testkit';
import { openBrowser } from '../dashboard/open-browser.js';
import { workFolder } from './work-folder.js';

/** Takes `docs/images/dashboard.png`: the overview of a real stack with real processes. Needs the build. */
const PICTURE = fileURLToPath(new URL('../../docs/images/dashboard.png', import.meta.url));
const SIZE = { width: 1280, height: 1045 };
const RUNS_OF_EACH = 26;
const PATIENCE_MS = 120_000;

const program = findBrowser();
if (program === undefined) throw new Error('The picture needs Chromium on PATH.');
const folder = workFolder();
const provider = await startFakeProvider({ models: { 'small-instruct': SCENARIOS['steady']! } });
const stack = await startStack({
  workers: 2,
  dashboard: true,
  policy: { providers: { local: { baseUrl: provider.baseUrl } } },
});
const run = (name: string, more: string[] = [], submission: object = {}) =>
  stack.submit({ kind: 'command', input: { argv: ['node', name, ...more], cwd: folder }, ...submission });
/** A chat whose answer takes a few seconds, as from a small local model. */
const chat = (tokens: number) =>
  stack.submit({
    kind: 'chat',
    input: {
      model: 'small-instruct',
      messages: [{ role: 'user', content: 'Sum up the report.' }],
      params: { fake: { firstTokenMs: 300, tokenMs: 30, tokens } },
    },
  });

try {
  await runHistory(stack);
  await takePicture(stack);
} finally {
  await stack.stop();
  await provider.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Runs enough jobs of every class for learned deadlines. */
async function runHistory({ waitFinal }: Stack): Promise<void> {
  const jobs = [];
  for (let i = 0; i < RUNS_OF_EACH; i++) {
    jobs.push(await run('crawl-docs.mjs'), await run('transcribe.mjs', ['--language', 'en']));
    jobs.push(await run('render-report.mjs', [], { label: 'nightly' }));
    jobs.push(await chat(40 + ((i * 7) % 60)));
  }
  await Promise.all(jobs.map(({ id }) => waitFinal(id, PATIENCE_MS)));
  const hung = await run('render-report.mjs', ['--hang'], { label: 'nightly', attempts: 1 });
  await waitFinal(hung.id, PATIENCE_MS);
}

/** Starts jobs that are on time, late and without history, and takes the picture as soon as one is late. */
async function takePicture({ dashboard }: Stack): Promise<void> {
  const browser = await openBrowser(program as string);
  const page = await browser.newPage({ viewport: SIZE, deviceScaleFactor: 1, colorScheme: 'light' });
  await page.goto(dashboard);
  await run('transcribe.mjs', ['--language', 'de', '--size', '2.9']);
  await chat(160);
  await stack.submit({ kind: 'command', input: { argv: ['sleep', '30'] }, label: 'warm-up' });
  const late = page.locator('[data-part="running"] .badge', { hasText: 'late' });
  for (const language of ['fr', 'es', 'it']) await run('transcribe.mjs', ['--language', language, '--size', '1.4']);
  await late.first().waitFor({ timeout: PATIENCE_MS });
  await run('crawl-docs.mjs', ['--depth', '3', '--size', '1.3']);
  await chat(90);
  await page.locator('[data-part="running"] tr', { hasText: 'crawl-docs' }).first().waitFor();
  await page.screenshot({ path: PICTURE });
  await browser.close();
}
