/** Calls whose plain arguments are durations. */
const TIMER = /\b(?:setTimeout|setInterval|sleep|delay|AbortSignal\.timeout)\(/g;
/** A number by itself: not part of a name, and not 0, which is no limit but "right after". */
const NUMBER = /(?<![\w.])(?!0(?![\d.]))\d[\d_]*(?:\.\d+)?(?!\w)/;

/** Lines (from 1) where a timer is given a number instead of a name: nobody can tell why it is so, or change it. */
export function timerLiterals(text) {
  const code = withoutWords(text);
  return [...code.matchAll(TIMER)]
    .filter(({ index, 0: call }) => plainArguments(code, index + call.length).some((each) => NUMBER.test(each)))
    .map(({ index }) => code.slice(0, index).split('\n').length);
}

/** Comments and strings blanked out, with every line where it was. */
function withoutWords(text) {
  return text.replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g,
    (words) => words.replaceAll(/[^\n]/g, ' '),
  );
}

/** The arguments of a call that begin at `from`, but for functions. */
function plainArguments(code, from) {
  const found = [];
  let depth = 0;
  let start = from;
  for (let i = from; i < code.length && depth >= 0; i += 1) {
    if ('([{'.includes(code[i])) depth += 1;
    if (')]}'.includes(code[i])) depth -= 1;
    if (depth < 0 || (depth === 0 && code[i] === ',')) {
      found.push(code.slice(start, i));
      start = i + 1;
    }
  }
  return found.filter((each) => !/=>|\bfunction\b/.test(each));
}
