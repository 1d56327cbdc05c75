import { HandlerError, forbidsRetry } from '@leeway/supervision';
/**
 * The process of one attempt of an isolated handler. Standard input: an Invitation. Everything else is said over the
 * socket it names; standard output and error belong to the handler.
 */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { readModule } from '../../user/load-user-handlers.js';
import { toHandler } from '../../user/run-user-handler.js';
import { toFailure } from '../../user/user-failure.js';
import { isolationError } from '../isolation-error.js';
import { LineChannel } from '../line-channel.js';
import type { FailureMessage, FromChild, Invitation, StartMessage, ToChild } from '../messages.js';
import { failureMessage, type Outcome } from '../outcome.js';
import { RemoteContext } from './remote-context.js';

// To be asked to stop is the handler's business, which hears of it by its signal. SIGKILL follows after the grace.
process.on('SIGTERM', () => {});

const { socketPath, token } = JSON.parse(await text(process.stdin)) as Invitation;
const socket = createConnection(socketPath);
await once(socket, 'connect');

let context: RemoteContext | undefined;
let ending = false;
const channel = new LineChannel<ToChild, FromChild>(socket, { onMessage: take });
// Without its worker nobody waits for this; the leash is about to say the same.
void channel.closed.then(() => process.exit());
process.on('uncaughtException', (error) => void end(uncaught(error)));
process.on('unhandledRejection', (error) => void end(uncaught(error)));
channel.send({ type: 'hello', token });

function take(message: ToChild): void {
  switch (message.type) {
    case 'start':
      context = new RemoteContext(message, channel);
      void perform(message, context).then(end);
      return;
    case 'abort':
      context?.abort(message.reason);
      return;
    case 'deadline':
      context?.moveDeadline(message);
      return;
  }
}

async function perform({ file, kind, input, limits }: StartMessage, own: RemoteContext): Promise<Outcome> {
  try {
    const definition = (await readModule(file)).find((candidate) => candidate.kind === kind);
    if (definition === undefined) throw new HandlerError('unknown_kind', `${file} has no handler "${kind}" any more.`);
    return { type: 'result', value: (await toHandler(definition, limits).run(input, own)) ?? null };
  } catch (error) {
    return failureMessage(error instanceof HandlerError ? error : toFailure(error), !forbidsRetry(error));
  }
}

/** Says how it ended, and ends the process with whatever still runs in it. The first end is the one that counts. */
async function end(outcome: Outcome): Promise<void> {
  if (ending) return;
  ending = true;
  context?.flush();
  await channel.end(outcome);
  process.exit();
}

function uncaught(thrown: unknown): FailureMessage {
  const { message } = toFailure(thrown);
  return failureMessage(isolationError('uncaught_exception', `Outside of what the handler awaits: ${message}`), true);
}
