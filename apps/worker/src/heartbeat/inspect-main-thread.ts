import { type Debugger, Session } from 'node:inspector';
import type { AttemptId } from '@leeway/contract';
import { WHOSE_CODE } from '../handlers/user/user-code.js';

/** The code that blocks the main thread. */
export interface BlockingCode {
  /** Its attempt; null: unknown. */
  attempt: AttemptId | null;
  /** Function, file and line; null: native code that cannot be interrupted. */
  at: string | null;
}

/**
 * Finds the code that the main thread of this process executes now, from another thread. The main thread stays interrupted
 * afterwards: this is for a process that is about to be killed.
 */
export async function inspectMainThread(mostMs: number): Promise<BlockingCode> {
  const nothing: BlockingCode = { attempt: null, at: null };
  return new Promise((resolve) => {
    setTimeout(() => resolve(nothing), mostMs);
    try {
      const session = new Session();
      session.connectToMainThread();
      const files = new Map<string, string>();
      session.on('Debugger.scriptParsed', ({ params }) => void files.set(params.scriptId, params.url));
      session.on('Debugger.paused', ({ params: { callFrames } }) => {
        // Not in a frame: one of Node's own does not know the global names.
        const expression = `globalThis[Symbol.for(${JSON.stringify(WHOSE_CODE)})]?.() ?? null`;
        session.post('Runtime.evaluate', { expression, returnByValue: true }, (_, reply) =>
          resolve({ attempt: (reply?.result?.value ?? null) as AttemptId | null, at: placeOf(callFrames, files) }),
        );
      });
      session.post('Debugger.enable');
      session.post('Debugger.pause');
    } catch {
      resolve(nothing);
    }
  });
}

/** The innermost frame in a file, which is the user's rather than Node's. */
function placeOf(frames: readonly Debugger.CallFrame[], files: ReadonlyMap<string, string>): string | null {
  const urlOf = (frame: Debugger.CallFrame) => files.get(frame.location.scriptId) ?? frame.url;
  const frame = frames.find((each) => urlOf(each).startsWith('file:')) ?? frames[0];
  if (frame === undefined) return null;
  return `${frame.functionName || 'an unnamed function'} (${urlOf(frame)}:${frame.location.lineNumber + 1})`;
}
