import { morphChildren } from './morph.js';

/** Pause between two requests, in milliseconds. */
const POLL_PAUSE_MS = 1_000;
/** A request without a reply after this many milliseconds has failed. */
const ANSWER_WITHIN_MS = 5_000;

const pollPath = document.body.dataset.poll;
const outage = document.querySelector('[data-outage]');
const pulse = document.querySelector('[data-pulse]');
const pulseText = document.querySelector('[data-pulse-text]');
/** Time of the newest update; null: the page came empty, because Redis was away. */
let updatedAt = document.querySelector('[data-part] > *') === null ? null : new Date();

if (pollPath !== undefined) void keepPolling(pollPath);

/**
 * Requests updates until one is the last. A hidden page requests none.
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
    const update = await response.json();
    if (response.ok) show(update);
    else showOutage(`${update.title ?? 'The dashboard could not read the state of the jobs'}.`);
    return response.ok && update.complete === true;
  } catch {
    showOutage('The dashboard does not reply.');
    return false;
  }
}

/** @param {{ parts: Record<string, string>, complete?: boolean }} update */
function show(update) {
  for (const [name, text] of Object.entries(update.parts)) {
    const part = document.querySelector(`[data-part="${CSS.escape(name)}"]`);
    const template = document.createElement('template');
    template.innerHTML = text;
    const wanted = document.createElement('div');
    wanted.append(template.content);
    if (part !== null) morphChildren(part, wanted);
  }
  updatedAt = new Date();
  document.body.classList.remove('stale');
  outage?.toggleAttribute('hidden', true);
  pulse?.toggleAttribute('hidden', false);
  if (pulseText !== null)
    pulseText.textContent = update.complete === true ? 'complete' : `live, ${updatedAt.toLocaleTimeString()}`;
}

/** @param {string} problem */
function showOutage(problem) {
  document.body.classList.add('stale');
  pulse?.toggleAttribute('hidden', true);
  if (outage === null) return;
  const seen = updatedAt === null ? '' : ` The page is as of ${updatedAt.toLocaleTimeString()}.`;
  const text = `${problem}${seen} Trying again every second.`;
  // Changed only when it differs: screen readers read out every change.
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
