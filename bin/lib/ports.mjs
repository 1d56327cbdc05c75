import { createServer } from 'node:net';
import { Refusal } from './refusal.mjs';

/**
 * Checks that every `{ port, variable }` can be listened on, before the slow steps. Throws a Refusal that names all that
 * cannot. A port that is taken later is reported by the process that needs it.
 */
export async function checkPorts(host, wanted) {
  const problems = [];
  for (const { port, variable } of wanted) {
    const code = await tryPort(host, port);
    if (code !== undefined) problems.push(explain(code, { host, port, variable }));
  }
  if (problems.length > 0) throw new Refusal(problems.join('\n'));
}

/** The error code of listening on a port for a moment; undefined when it works. */
function tryPort(host, port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function explain(code, { host, port, variable }) {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Set ${variable} to a free one: ${variable}=${port + 100} npm start`;
    case 'EACCES':
      return `This user may not listen on port ${port}. Set ${variable} to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine. Set HOST to one that is, or leave it out for 127.0.0.1.`;
    default:
      return `Port ${port} on ${host} cannot be listened on (${code}). Set ${variable} to another one.`;
  }
}
