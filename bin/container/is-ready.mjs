// Health check of the API and the dashboard: exit code 0 when /readyz on the port in the named variable replies with 2xx.

const TIMEOUT_MS = 4_000;

const port = process.env[process.argv[2]];
const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
if (!response.ok) {
  console.error(`/readyz answers ${response.status}: ${await response.text()}`);
  process.exit(1);
}
