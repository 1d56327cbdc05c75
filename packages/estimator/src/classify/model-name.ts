/** `-2024-08-06`, `-20241022`, `@20240620`: the day a model was released. */
const LONG_DATE = /[-@](?:20\d{2}-\d{2}-\d{2}|20\d{6})$/;
/** `-0613` (month and day) and `-2407` (year and month). `-8b` and `-4o` are no dates, nor is `-1234`. */
const SHORT_DATE = /-(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|2[3-9](?:0[1-9]|1[0-2]))(?=$|-preview$)/;
const MOVING_TAG = /[-:]latest$/;

/**
 * Common name of all releases of a model: `openai/GPT-4o-2024-08-06`, `gpt-4o-latest` and `gpt-4o` are one. A new release
 * starts with the history of the one before; its own results replace that within one ring.
 */
export function normalizeModel(model: string): string {
  const bare = model.trim().toLowerCase();
  const name = bare.slice(bare.lastIndexOf('/') + 1);
  const plain = name.replace(MOVING_TAG, '').replace(LONG_DATE, '').replace(SHORT_DATE, '');
  return plain === '' ? bare : plain;
}
