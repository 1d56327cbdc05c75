const TICK_MS = 1_000;
/** Without a terminal a slow step says now and then that it is still there. */
const REMIND_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

/**
 * Runs one step of the set-up. In a terminal its line counts the seconds; elsewhere a line is printed when it has taken
 * a second, every ten seconds, and at its end. `work` gets `note(text)`: what is shown beside the title.
 */
export async function step(title, work, { out = process.stdout } = {}) {
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  let detail = '';
  let remindAtMs = TICK_MS;
  const line = (mark) => `${mark} ${title}${detail && `: ${detail}`} (${seconds(elapsedMs())})`;
  const tick = () => {
    if (out.isTTY) out.write(CLEAR_LINE + line('·'));
    else if (elapsedMs() >= remindAtMs) {
      out.write(`${line('·')}\n`);
      remindAtMs += REMIND_EVERY_MS;
    }
  };
  const timer = setInterval(tick, TICK_MS);
  if (out.isTTY) out.write(`· ${title}`);
  const finish = (mark) => {
    clearInterval(timer);
    out.write(`${out.isTTY ? CLEAR_LINE : ''}${line(mark)}\n`);
  };
  try {
    const result = await work((text) => void (detail = text));
    finish('✓');
    return result;
  } catch (error) {
    finish('✗');
    throw error;
  }
}

function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}
