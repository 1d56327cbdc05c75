const TICK_MS = 1_000;
/** Interval of the lines about a slow step where there is no terminal. */
const REMIND_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

/**
 * Runs one step of a command. In a terminal its line counts the seconds; elsewhere a line is printed after one second,
 * every ten seconds, and at the end. `work` gets `note(text)`, which sets the text beside the title.
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
