import { Queue } from 'bullmq';
import { nowUs } from './work.mjs';

/**
 * A bare BullMQ producer. Argument: socket of Redis. Each line of standard input is a command as JSON; the reply is one line: done, the number of the command, seconds.
 * {"add": n, "inFlight": k} one by one; {"bulk": n, "of": size, "inFlight": k}; {"every": us, "for": n} at a steady rate.
 */
const [socketPath = ''] = process.argv.slice(2);
const queue = new Queue('noop', { connection: { path: socketPath, maxRetriesPerRequest: null } });
await queue.waitUntilReady();
const text = 'x'.repeat(300);

const commands = {
  async add({ add, inFlight }) {
    await inParallel(add, inFlight, () => queue.add('noop', { text }));
  },
  async bulk({ bulk, of, inFlight }) {
    await inParallel(bulk / of, inFlight, () =>
      queue.addBulk(Array.from({ length: of }, () => ({ name: 'noop', data: { text } }))),
    );
  },
  async every({ every, for: count }) {
    await steadily(count, every, () => queue.add('noop', { text, submittedUs: nowUs() }));
  },
};

async function inParallel(count, inFlight, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

async function steadily(count, everyUs, work) {
  const beganUs = nowUs();
  const sent = [];
  for (let n = 0; n < count; n += 1) {
    const waitMs = (beganUs + n * everyUs - nowUs()) / 1_000;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    sent.push(work());
  }
  await Promise.all(sent);
}

let received = '';
process.stdin.on('data', (chunk) => {
  received += chunk;
  for (let end = received.indexOf('\n'); end >= 0; end = received.indexOf('\n')) {
    const command = JSON.parse(received.slice(0, end));
    received = received.slice(end + 1);
    const name = Object.keys(commands).find((each) => each in command);
    const began = performance.now();
    void commands[name](command).then(() =>
      console.log(`done ${command.number} ${(performance.now() - began) / 1_000}`),
    );
  }
});
console.log('ready');
