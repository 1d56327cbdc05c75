/** An error that the person at the terminal can correct: printed without a stack, exit code 1. */
export class Refusal extends Error {}

/** Runs a command's main function; a Refusal ends the process with its message. */
export async function orRefuse(main) {
  try {
    return await main();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  }
}
