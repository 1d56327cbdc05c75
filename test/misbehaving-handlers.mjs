/** Handlers that do what handlers must not do, and a few that do as they should. */
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

/** Keeps the event loop of this process busy. */
function block(ms) {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/** Blocks the event loop right after this process has sent something that contains `word`, before the reply is read. */
function blockAfterSending(word, ms) {
  return new Promise((resolve) => {
    const { _write, _writev } = Socket.prototype;
    const sent = (text) => {
      if (!text.includes(word)) return;
      Object.assign(Socket.prototype, { _write, _writev });
      block(ms);
      resolve();
    };
    Socket.prototype._write = function (data, ...more) {
      _write.call(this, data, ...more);
      sent(String(data));
    };
    Socket.prototype._writev = function (chunks, ...more) {
      _writev.call(this, chunks, ...more);
      sent(chunks.map(({ chunk }) => String(chunk)).join(''));
    };
  });
}

function circle() {
  const a = {};
  a.a = a;
  return a;
}

function refuse() {
  throw new Error('do not touch');
}

const isolated = (run) => ({ isolated: true, run });

export const handlers = {
  well: () => 'well',
  waits: ({ ms }) => sleep(ms),

  never: () => new Promise(() => {}),
  async ignoresAbort({ file }) {
    while (!existsSync(file)) await sleep(20);
  },
  silent: (_input, { signal }) => sleep(60_000, undefined, { signal }),
  async active(_input, { activity }) {
    for (let i = 0; i < 20; i += 1) {
      activity();
      await sleep(100);
    }
    return 'worked on';
  },

  throwsAtOnce() {
    throw new Error('at once');
  },
  throwsNull() {
    // oxlint-disable-next-line typescript/only-throw-error
    throw null;
  },
  throwsStrange() {
    throw Object.assign(Object.create(null), { message: { not: 'a text' } });
  },
  throwsHostile() {
    throw new Proxy({}, { get: refuse, has: refuse });
  },
  returnsBigint: () => 10n,
  returnsCircle: () => circle(),
  returnsFunction: () => () => {},
  returnsTooMuch: () => 'x'.repeat(50e6),
  reportsCircle(_input, { progress }) {
    progress(circle());
  },

  /** Uses everything that its context offers for half a second after it has returned. */
  writesAfterReturn(_input, context) {
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
  async floods(_input, { output, progress, checkpoint }) {
    for (let i = 0; i < 20_000; i += 1) {
      output('x'.repeat(500));
      progress(i);
      checkpoint(i);
      if (i % 100 === 0) await turn();
    }
  },

  blocks: () => block(Infinity),
  async blocksLater() {
    await sleep(300);
    block(Infinity);
  },
  blocksFor({ ms }) {
    block(ms);
    return 'unblocked';
  },
  async blocksAfterSending({ word, ms }, { progress }) {
    const blocked = blockAfterSending(word, ms);
    progress('armed');
    await blocked;
    return 'unblocked';
  },
  throwsUncaught: () =>
    new Promise(() => {
      setTimeout(() => {
        throw new Error('nobody catches this');
      }, 300);
    }),
  endsWorker() {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => {});
  },
  callsExit: () => process.exit(7),

  isolatedBlocks: isolated(() => block(Infinity)),
  isolatedExits: isolated(() => process.exit(0)),
  isolatedCrashes: isolated(() => process.abort()),
  isolatedTakesAllMemory: isolated(() => {
    const all = [];
    for (;;) all.push(Array.from({ length: 1e5 }, () => ({})));
  }),
  isolatedThrowsInTimer: isolated(
    () =>
      new Promise(() => {
        setTimeout(() => {
          throw new Error('nobody awaits this');
        });
      }),
  ),
  isolatedTicks: isolated(async (_input, { progress }) => {
    for (let i = 0; i < 20; i += 1) {
      progress(i);
      await sleep(100);
    }
    return 'ticked';
  }),
};
