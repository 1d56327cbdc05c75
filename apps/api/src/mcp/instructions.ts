/** The instructions that MCP clients give to their model about this server. */
export const INSTRUCTIONS = `Leeway runs commands and other long work as jobs on workers. Each job has a deadline that is learned from earlier runs like it.

- To run a command and use its result: run_command. When it replies with finished: false, the job is still running: call job_result with its id until finished is true. Do not submit it again.
- For work whose result you need later or not at all: submit_job, and job_result when you need it. A job does not end when you stop waiting or disconnect.
- Leave out timeoutMs. Learned deadlines let healthy work finish and end work that hangs. Set timeoutMs only if the user gave a limit.
- Give the same label to work of the same sort: times are learned for each label.
- late: true is not an error and no reason to cancel. The job is slower than 19 of 20 runs like it, and is ended at deadlineAt if it has not finished by then.
- A failed job may have been tried more than once (attempt, maxAttempts). Read cause and error before you submit it again.
- A refused call replies with a JSON object that has code, detail and advice. Decide by code. store_unavailable: nothing happened, try again in a few seconds. outcome_unknown: try again with the same idempotencyKey.`;
