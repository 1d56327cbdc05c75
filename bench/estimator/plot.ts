import type { Summary } from './summary.js';

const WIDTH = 760;
const HEIGHT = 480;
const MARGIN = { left: 70, right: 24, top: 24, bottom: 56 };
const GRID_SHARES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const GRID_RATIOS = [0.25, 0.5, 1, 2, 4, 8, 16];
const PERCENT = 100;

/** False kills against the time to end a hung job, both on logarithmic axes: left and low is better. */
export function scatterPlot(summaries: Readonly<Record<string, Summary>>): string {
  const points = Object.entries(summaries)
    .map(([name, { mean }]) => ({ name, share: mean.false_kills, ratio: mean.hang_detection }))
    .filter(({ share, ratio }) => share > 0 && ratio > 0 && Number.isFinite(ratio));
  const x = axis(
    points.map(({ share }) => share),
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const y = axis(
    points.map(({ ratio }) => ratio),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const vertical = GRID_SHARES.filter(x.contains).map(
    (share) =>
      line(x.at(share), MARGIN.top, x.at(share), HEIGHT - MARGIN.bottom) +
      text(x.at(share), HEIGHT - MARGIN.bottom + 18, `${share * PERCENT} %`, 'middle'),
  );
  const horizontal = GRID_RATIOS.filter(y.contains).map(
    (ratio) =>
      line(MARGIN.left, y.at(ratio), WIDTH - MARGIN.right, y.at(ratio)) +
      text(MARGIN.left - 8, y.at(ratio) + 4, `${ratio} x`, 'end'),
  );
  const dots = labelled(points.map(({ name, share, ratio }) => ({ name, x: x.at(share), y: y.at(ratio) })));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...vertical,
    ...horizontal,
    text((WIDTH + MARGIN.left) / 2, HEIGHT - 14, 'healthy attempts killed', 'middle'),
    `<text transform="translate(18 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle" fill="#333">time to end a hung job, relative to the oracle</text>`,
    ...dots,
    '</svg>',
    '',
  ].join('\n');
}

interface Axis {
  at: (value: number) => number;
  contains: (value: number) => boolean;
}

const ROOM = 1.3;

function axis(values: readonly number[], from: number, to: number): Axis {
  const low = Math.log(Math.min(...values) / ROOM);
  const high = Math.log(Math.max(...values) * ROOM);
  const place = (value: number) => (Math.log(value) - low) / (high - low);
  return {
    at: (value) => Math.round((from + (to - from) * place(value)) * 10) / 10,
    contains: (value) => place(value) >= 0 && place(value) <= 1,
  };
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#ddd"/>`;
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#333">${content}</text>`;
}

interface Dot {
  name: string;
  x: number;
  y: number;
}

const CHAR_WIDTH = 7;
const LINE_HEIGHT = 14;
/** Vertical offsets of a label from its dot, the preferred one first. */
const LABEL_OFFSETS = [4, -10, 18, -24, 32];

/** Dots with their names, each at the first offset without an overlap. */
function labelled(dots: readonly Dot[]): string[] {
  const taken: Dot[] = [];
  return dots.map((dot) => {
    const width = dot.name.length * CHAR_WIDTH;
    const x = dot.x + width + 12 > WIDTH ? dot.x - width - 12 : dot.x + 9;
    const free = (y: number) =>
      taken.every(
        (other) =>
          Math.abs(other.y - y) >= LINE_HEIGHT || x > other.x + other.name.length * CHAR_WIDTH || other.x > x + width,
      );
    const y = dot.y + (LABEL_OFFSETS.find((offset) => free(dot.y + offset)) ?? 0);
    taken.push({ name: dot.name, x, y });
    return `${circle(dot)}${text(x, y, dot.name, 'start')}`;
  });
}

function circle({ name, x, y }: Dot): string {
  const colour = name === 'leeway' ? '#c2410c' : name === 'oracle' ? '#15803d' : '#475569';
  return `<circle cx="${x}" cy="${y}" r="${name === 'leeway' ? 6 : 4}" fill="${colour}"/>`;
}
