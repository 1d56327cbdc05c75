/**
 * The process of one attempt of an isolated handler. Standard input: a Ticket. Everything else goes over the socket that it
 * names; standard output and error belong to the handler.
 */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { HandlerError, forbidsRetry } from '@leeway/supervision';
import { readModule } from '../../user/load-user-handlers.js';
import { toHandler } from '../../user/run-user-handler.js';
import { toFailure } from '../../user/user-failure.js';
import { LineChannel } from '../line-channel.js';
import type { FailureMessage, FromChild, StartMessage, Ticket, ToChild } from '../messages.js';
import { failureMessage, isolationError, type Outcome } from '../outcome.js';
import { RemoteContext } from './remote-context.js';

// The handler learns of a stop by its signal. SIGKILL follows after the grace.
process.on('SIGTERM', () => {});

const { socketPath, token } = JSON.parse(await text(process.stdin)) as Ticket;
const socket = createConnection(socketPath);
await once(socket, 'connect');

let context: RemoteContext | undefined;
let ending = false;
const channel = new LineChannel<ToChild, FromChild>(socket, { onMessage: receive });
// Without its worker the outcome is useless; the leash is about to end this process for the same reason.
void channel.closed.then(() => process.exit());
process.on('uncaughtException', (error) => void end(uncaught(error)));
process.on('unhandledRejection', (error) => void end(uncaught(error)));
channel.send({ type: 'hello', token });

function receive(message: ToChild): void {
  switch (message.type) {
    case 'start':
      context = new RemoteContext(message, channel);
      void perform(message, context).then(end);
      return;
    case 'abort':
      context?.abort(message.reason);
      return;
    case 'deadline':
      context?.setDeadlines(message);
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

/** Sends the outcome and ends the process with whatever still runs in it. The first outcome is the one that counts. */
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
