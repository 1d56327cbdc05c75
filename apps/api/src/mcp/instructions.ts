/** What a client tells its model about this server. */
export const INSTRUCTIONS = `Leeway runs commands and other long work as jobs on workers, each under a deadline that is learned from earlier runs like it.

- For a command whose result you need: run_command. When its answer has finished: false, the job goes on; call job_result with its id until finished is true. Never submit it again to "retry" a wait.
- For work that need not be waited for: submit_job, then job_result when you need it. Jobs do not end when you stop waiting or disconnect.
- Leave timeoutMs out. Learned deadlines leave healthy work alone and end what hangs. Name one only where the user did.
- Give the same label to work of the same sort: times are learned for each label.
- late: true is not an error and no reason to cancel. The job is slower than 19 of 20 runs like it, and is ended at deadlineAt if it has not ended by then.
- A job that fails may have been tried again already (attempt, maxAttempts). Read cause and error before you submit it again.
- When a call is refused its text is a JSON object with code, detail and advice. Branch on code. store_unavailable: nothing happened, try again in some seconds. outcome_unknown: try again with the same idempotencyKey.`;
