import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedQueue, sharedQueueMemory } from './shared-queue.js';

describe('the queue in shared memory', () => {
  it('gives back every text once and in order, however writes and reads alternate, also around its end', () => {
    const steps = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.constant(null)), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (texts) => {
        const memory = sharedQueueMemory(128);
        const [writer, reader] = [new SharedQueue(memory), new SharedQueue(memory)];
        const expected: string[] = [];
        const received: string[] = [];
        for (const text of texts) {
          if (text === null) received.push(...reader.readAll());
          else if (writer.write(text)) expected.push(text);
        }
        received.push(...reader.readAll());
        expect(received).toEqual(expected);
      }),
    );
  });

  it('refuses what does not fit, and takes it once there is room', () => {
    const queue = new SharedQueue(sharedQueueMemory(64));
    expect(queue.write('x'.repeat(50))).toBe(true);
    expect(queue.write('y'.repeat(50))).toBe(false);
    expect(queue.readAll()).toEqual(['x'.repeat(50)]);
    expect(queue.write('y'.repeat(50))).toBe(true);
    expect(queue.readAll()).toEqual(['y'.repeat(50)]);
  });

  it('is read by another thread while the loop of the writer is blocked', async () => {
    const memory = sharedQueueMemory();
    const seen = new Int32Array(new SharedArrayBuffer(4));
    const source = `
      const { workerData } = require('node:worker_threads');
      const written = new Int32Array(workerData.memory, 0, 2);
      while (Atomics.load(written, 0) === 0) Atomics.wait(written, 0, 0, 1);
      Atomics.store(new Int32Array(workerData.seen), 0, Atomics.load(written, 0));
      Atomics.notify(new Int32Array(workerData.seen), 0);`;
    const thread = new Worker(source, { eval: true, workerData: { memory, seen: seen.buffer } });
    await new Promise((resolve) => thread.once('online', resolve));
    new SharedQueue(memory).write('hello');
    // Blocks this thread until the other one has seen it.
    expect(Atomics.wait(seen, 0, 0, 10_000)).not.toBe('timed-out');
    await thread.terminate();
  });
});
