import { morphChildren } from './morph.js';

/** Pause between the end of one request and the next, in milliseconds. */
const POLL_PAUSE_MS = 1_000;
/** A server that has not answered for this long counts as away, in milliseconds. */
const ANSWER_WITHIN_MS = 5_000;

const pollPath = document.body.dataset.poll;
const outage = document.querySelector('[data-outage]');
const pulse = document.querySelector('[data-pulse]');
const pulseText = document.querySelector('[data-pulse-text]');
/** When the page last had news; null: it came empty, because there was nothing to be had. */
let lastGoodAt = document.querySelector('[data-part] > *') === null ? null : new Date();

if (pollPath !== undefined) void keepPolling(pollPath);

/**
 * Asks for news until the page says that it is complete. A hidden page asks nothing.
 *
 * @param {string} path
 */
async function keepPolling(path) {
  for (;;) {
    await pause(POLL_PAUSE_MS);
    await visible();
    const complete = await poll(path);
    if (complete) return;
  }
}

/**
 * @param {string} path
 * @returns {Promise<boolean>} true: nothing will change any more
 */
async function poll(path) {
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), cache: 'no-store' });
    const news = await response.json();
    if (response.ok) show(news);
    else showOutage(`${news.title ?? 'The dashboard could not read what is going on'}.`);
    return response.ok && news.complete === true;
  } catch {
    showOutage('The dashboard does not answer.');
    return false;
  }
}

/** @param {{ parts: Record<string, string>, complete?: boolean }} news */
function show(news) {
  for (const [name, text] of Object.entries(news.parts)) {
    const part = document.querySelector(`[data-part="${CSS.escape(name)}"]`);
    const template = document.createElement('template');
    template.innerHTML = text;
    const wanted = document.createElement('div');
    wanted.append(template.content);
    if (part !== null) morphChildren(part, wanted);
  }
  lastGoodAt = new Date();
  document.body.classList.remove('stale');
  outage?.toggleAttribute('hidden', true);
  pulse?.toggleAttribute('hidden', false);
  if (pulseText !== null)
    pulseText.textContent = news.complete === true ? 'complete' : `live, ${lastGoodAt.toLocaleTimeString()}`;
}

/** @param {string} what */
function showOutage(what) {
  document.body.classList.add('stale');
  pulse?.toggleAttribute('hidden', true);
  if (outage === null) return;
  const seen = lastGoodAt === null ? '' : ` What you see is from ${lastGoodAt.toLocaleTimeString()}.`;
  const text = `${what}${seen} Asking again every second.`;
  // Set only when it differs: a screen reader speaks on every change.
  if (outage.textContent !== text) outage.textContent = text;
  outage.toggleAttribute('hidden', false);
}

/** @param {number} durationMs */
function pause(durationMs) {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** @returns {Promise<void>} settled while the page can be seen */
function visible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => document.addEventListener('visibilitychange', () => resolve(), { once: true }));
}
