import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationChart, type ChartRun } from './duration-chart.js';

const run = (durationMs: number, deadlineMs: number, censored = false): ChartRun => ({
  durationMs,
  deadlineMs,
  censored,
});

describe('the chart of recent runs', () => {
  it('has its range and deadlines as text for screen readers (F60)', () => {
    const { text } = durationChart([run(200, 600_000), run(240, 600_000), run(2_000, 2_000, true)]);
    expect(text).toContain('The last 3 runs took 200 ms to 2 s; deadline from 10 min to 2 s; 1 was ended by a limit.');
    expect(text.match(/h0/g)).toHaveLength(2);
    expect(text.match(/m-3-3/g)).toHaveLength(1);
  });

  it('has the newest runs when there are more than fit', () => {
    const runs = Array.from({ length: 200 }, (_, index) => run(index + 1, 1_000));
    expect(durationChart(runs).text).toContain('The last 60 runs took 141 ms to 200 ms');
  });

  it('shows that there are no runs yet where there are none', () => {
    expect(durationChart([]).text).toContain('no runs yet');
  });

  it('keeps every point inside its frame, whatever the figures', () => {
    const duration = fc.double({ min: 0, max: 1e9, noNaN: true });
    const anyRun = fc.record({ durationMs: duration, deadlineMs: duration, censored: fc.boolean() });
    fc.assert(
      fc.property(fc.array(anyRun, { minLength: 1, maxLength: 80 }), (runs) => {
        const { text } = durationChart(runs);
        const points = [...text.matchAll(/M(\S+) (\S+?)(?:h0|m-3)/g)].map(
          ([, x, y]) => [Number(x), Number(y)] as const,
        );
        return (
          points.length === Math.min(60, runs.length) &&
          !text.includes('NaN') &&
          points.every(([x, y]) => x >= 46 && x <= 254 && y >= 6 && y <= 58)
        );
      }),
    );
  });
});
