import {
  GLOBAL_VALUES,
  INLINE_CODE,
  INTERPRETERS,
  INTERPRETER_VALUES,
  SUBCOMMANDS,
  TWO_WORDS,
  WRAPPERS,
  WRAPPER_OPERANDS,
  WRAPPER_VALUES,
} from './command-programs.js';

/** Of shells: `-c` and `-o name`, alone or behind other letters (`-euxc`, `-euo pipefail`). */
const SHELL_CODE = /^-[a-zA-Z]*c$/;
const SHELL_SETTING = /^-[a-zA-Z]*[oO]$/;
const WORD = /^[A-Za-z][A-Za-z0-9:_.-]{0,40}$/;

/**
 * The parts of the class of a command, from general to specific: `["git", "status"]`, `["node", "build.js"]`,
 * `["node", "-e"]`, `["npm", "run", "build"]`. Only arguments count, never the text of code or prompts.
 */
export function commandParts(argv: readonly string[]): string[] {
  const inner = skipWrappers(argv);
  const name = executableName(inner[0] ?? '');
  const args = inner.slice(1);
  if (INTERPRETERS.has(name)) return [name, ...scriptParts(name, args)];
  if (SUBCOMMANDS.has(name)) return [name, ...subcommandParts(args)];
  return [name];
}

function skipWrappers(argv: readonly string[]): readonly string[] {
  let rest = argv;
  while (rest.length > 1 && WRAPPERS.has(executableName(rest[0] ?? ''))) {
    const wrapper = executableName(rest[0] ?? '');
    let at = 1;
    while (at < rest.length && isOption(rest[at]) && rest[at] !== '--')
      at += WRAPPER_VALUES.has(rest[at] ?? '') ? 2 : 1;
    if (rest[at] === '--') at += 1;
    while (at < rest.length && /^[A-Za-z_][A-Za-z0-9_]*=/.test(rest[at] ?? '')) at += 1;
    at += WRAPPER_OPERANDS[wrapper] ?? 0;
    if (at >= rest.length) return rest;
    rest = rest.slice(at);
  }
  return rest;
}

/** Without path, ending and version: `/usr/bin/python3.11` is `python`, `C:\tools\git.exe` is `git`. */
function executableName(path: string): string {
  const base = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/\.(?:exe|cmd)$/i, '');
  return base.replace(/^(python|ruby|perl|php|lua|node|pip)-?\d+(?:\.\d+)*$/, '$1');
}

function scriptParts(name: string, args: readonly string[]): string[] {
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (name === 'python' && arg === '-m') return ['-m', scriptName(args[at + 1] ?? '')];
    if (name === 'java' && arg === '-jar') return [scriptName(args[at + 1] ?? '')];
    if (isInline(name, arg)) return [arg.startsWith('--print') || arg === '-p' ? '-p' : '-e'];
    if (arg === '-' || arg === '') return ['stdin'];
    if (!isOption(arg))
      return arg === 'run' && (name === 'deno' || name === 'bun')
        ? scriptParts(name, args.slice(at + 1))
        : [scriptName(arg)];
    if (INTERPRETER_VALUES.has(arg) || (isShell(name) && SHELL_SETTING.test(arg))) at += 1;
  }
  return ['stdin'];
}

/** Whether code follows: `-r` is followed by code for php, by a module for node. */
function isInline(name: string, arg: string): boolean {
  if (arg === '-r') return name === 'php';
  if (arg === '-p') return name === 'node';
  if (arg === '-E') return name === 'perl';
  if (INLINE_CODE.has(arg) || arg.startsWith('--eval=')) return true;
  return isShell(name) && SHELL_CODE.test(arg);
}

function isShell(name: string): boolean {
  return name.endsWith('sh');
}

function scriptName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function subcommandParts(args: readonly string[]): string[] {
  let at = 0;
  while (at < args.length && isOption(args[at])) at += GLOBAL_VALUES.has(args[at] ?? '') ? 2 : 1;
  const first = args[at];
  if (first === undefined || !WORD.test(first)) return [];
  if (!TWO_WORDS.has(first)) return [first];
  const second = args.slice(at + 1).find((arg) => !isOption(arg));
  return second === undefined || !WORD.test(second) ? [first] : [first, second];
}

function isOption(arg: string | undefined): boolean {
  return arg !== undefined && arg.length > 1 && arg.startsWith('-');
}
