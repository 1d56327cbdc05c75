import { readFileSync } from 'node:fs';

/** Ends the process with a message on Windows, and on a Node that is older than package.json requires. */
export function requireNode() {
  if (process.platform === 'win32') {
    console.error('Leeway runs on Linux and macOS. On Windows, run it in WSL: https://learn.microsoft.com/windows/wsl');
    process.exit(1);
  }
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const wanted = engines.node.replace('>=', '');
  if (isAtLeast(process.versions.node, wanted)) return;
  console.error(`Leeway needs Node ${wanted} or newer; this is ${process.version} (${process.execPath}).`);
  process.exit(1);
}

/** Compares versions like 20.11 and 20.20.2, number by number. */
export function isAtLeast(version, wanted) {
  const have = version.split('.').map(Number);
  const need = wanted.split('.').map(Number);
  for (let i = 0; i < need.length; i++) {
    if ((have[i] || 0) !== need[i]) return (have[i] || 0) > need[i];
  }
  return true;
}
