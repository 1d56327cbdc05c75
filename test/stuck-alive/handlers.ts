/** A handlers module full of handlers that do not do as they should, and a few that do. */
export const STUCK_HANDLERS = `
import { Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

const block = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
// Holds the main loop in the moment in which this process has sent something about word and not read the answer.
const blockAfterSending = (word, ms) => new Promise((resolve) => {
  const { write } = Socket.prototype;
  Socket.prototype.write = function (data, ...more) {
    const taken = write.call(this, data, ...more);
    if (String(data).includes(word)) {
      Socket.prototype.write = write;
      block(ms);
      resolve();
    }
    return taken;
  };
});
const circle = () => { const a = {}; a.a = a; return a; };
const isolated = (run) => ({ isolated: true, run });
const hostile = () => new Proxy({}, { get() { throw new Error('do not touch'); }, has() { throw new Error('do not touch'); } });

export const handlers = {
  well: () => 'well',
  waits: ({ ms }) => sleep(ms),

  never: () => new Promise(() => {}),
  slowToStop: () => sleep(4_000),
  silent: (input, { signal }) => sleep(60_000, undefined, { signal }),
  async active(input, { activity }) {
    for (let i = 0; i < 15; i += 1) { activity(); await sleep(100); }
    return 'worked on';
  },

  throwsAtOnce() { throw new Error('at once'); },
  throwsNull() { throw null; },
  throwsStrange() { throw Object.assign(Object.create(null), { message: { not: 'a text' } }); },
  throwsHostile() { throw hostile(); },
  returnsBigint: () => 10n,
  returnsCircle: () => circle(),
  returnsFunction: () => () => {},
  returnsTooMuch: () => 'x'.repeat(50e6),
  reportsCircle(input, { progress }) { progress(circle()); },

  speaksLater(input, context) {
    context.progress('in time');
    const timer = setInterval(() => {
      context.output('late');
      context.progress('late');
      context.checkpoint('late');
      context.extend(60_000);
      context.tool(true);
      context.activity();
    }, 20);
    setTimeout(() => clearInterval(timer), 500);
    return 'done';
  },
  async floods(input, { output, progress, checkpoint }) {
    for (let i = 0; i < 20_000; i += 1) {
      output('x'.repeat(500));
      progress(i);
      checkpoint(i);
      if (i % 100 === 0) await turn();
    }
  },

  blocks: () => block(Infinity),
  async blocksLater() { await sleep(300); block(Infinity); },
  throwsUncaught: () => new Promise(() => setTimeout(() => { throw new Error('nobody catches this'); }, 300)),
  endsWorker: () => process.kill(process.pid, 'SIGKILL') && new Promise(() => {}),
  callsExit: () => process.exit(7),
  blocksAfterSending: async ({ word, ms }) => { await blockAfterSending(word, ms); return 'went on'; },
  blocksFor: ({ ms }) => { block(ms); return 'went on'; },

  spins: isolated(() => block(Infinity)),
  exits: isolated(() => process.exit(0)),
  crashes: isolated(() => process.abort()),
  swallows: isolated(() => { const all = []; for (;;) all.push(new Array(1e5).fill({})); }),
  throwsInTimer: isolated(() => new Promise(() => setTimeout(() => { throw new Error('nobody awaits this'); }))),
  ticks: isolated(async (input, { progress }) => {
    for (let i = 0; i < 20; i += 1) { progress(i); await sleep(100); }
    return 'ticked';
  }),
};
`;
