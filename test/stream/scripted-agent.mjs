/** An agent on the command line that prints one JSON event a line: its arguments are steps, done one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';

const print = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const message = (...content) => print({ type: 'assistant', message: { role: 'assistant', content } });

const STEPS = {
  system: () => print({ type: 'system', subtype: 'init', tools: ['Bash'] }),
  text: (words) => message({ type: 'text', text: words }),
  think: (words) => message({ type: 'thinking', thinking: words }),
  tool: (id) => message({ type: 'tool_use', id, name: 'Bash', input: { command: 'make' } }),
  returns: (id) =>
    print({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] } }),
  waiting: (reason) => print({ type: 'waiting', reason }),
  resumed: () => print({ type: 'resumed' }),
  phase: (name) => print({ type: 'phase', ...(name === undefined ? {} : { name }) }),
  result: () =>
    print({ type: 'result', subtype: 'success', result: 'All done.', num_turns: 2, usage: { output_tokens: 9 } }),
  error: () => print({ type: 'result', subtype: 'error_max_turns', is_error: true }),
  sleep: (ms) => sleep(Number(ms)),
  linger: () => sleep(86_400_000),
  async loop() {
    for (;;) {
      message({ type: 'text', text: 'I will try once more and read the same file again.' });
      await sleep(10);
    }
  },
};

for (const argument of process.argv.slice(2)) {
  const [step, value] = argument.split('=');
  await STEPS[step](value);
}
