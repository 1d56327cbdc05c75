import type { HandlerContext } from '../handler.js';
import type { FromChild } from './messages.js';

/** Applies a call that the handler made in its process to the context in the worker. The child has checked the values. */
export function dispatch(message: Exclude<FromChild, { type: 'result' | 'failure' }>, context: HandlerContext): void {
  switch (message.type) {
    case 'activity':
      return context.activity();
    case 'output':
      return context.output(message.text, message.stream);
    case 'progress':
      return context.progress(message.value);
    case 'checkpoint':
      return context.checkpoint(message.value);
    case 'extend':
      context.extend(message.ms);
      return;
    case 'tool':
      return context.tool(message.running);
    case 'phase':
      context.phase(message.name);
      return;
    case 'waiting':
      context.waiting(message.waits, message.reason);
      return;
    case 'log':
      return context.log[message.level](message.fields, message.message);
    case 'hello':
      return; // a repeated one has no meaning
  }
}
