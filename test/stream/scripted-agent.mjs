/** An agent on the command line that prints one JSON event a line. Its arguments say what happens, one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';

const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const says = (...content) => tell({ type: 'assistant', message: { role: 'assistant', content } });

const STEPS = {
  system: () => tell({ type: 'system', subtype: 'init', tools: ['Bash'] }),
  text: (words) => says({ type: 'text', text: words }),
  think: (words) => says({ type: 'thinking', thinking: words }),
  tool: (id) => says({ type: 'tool_use', id, name: 'Bash', input: { command: 'make' } }),
  returns: (id) =>
    tell({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] } }),
  waiting: (reason) => tell({ type: 'waiting', reason }),
  resumed: () => tell({ type: 'resumed' }),
  phase: (name) => tell({ type: 'phase', ...(name === undefined ? {} : { name }) }),
  result: () =>
    tell({ type: 'result', subtype: 'success', result: 'All done.', num_turns: 2, usage: { output_tokens: 9 } }),
  error: () => tell({ type: 'result', subtype: 'error_max_turns', is_error: true }),
  sleep: (ms) => sleep(Number(ms)),
  linger: () => sleep(86_400_000),
  async loop() {
    for (;;) {
      says({ type: 'text', text: 'I will try once more and read the same file again.' });
      await sleep(10);
    }
  },
};

for (const argument of process.argv.slice(2)) {
  const [step, value] = argument.split('=');
  await STEPS[step](value);
}
