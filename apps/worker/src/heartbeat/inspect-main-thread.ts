import { type Debugger, Session } from 'node:inspector';
import type { AttemptId } from '@leeway/contract';
import { WHOSE_CODE } from '../handlers/user/user-code.js';

/** What holds the main thread. */
export interface CommandTable {
  /** Whose code it is; null: unknown. */
  attempt: AttemptId | null;
  /** Function, file and line; null: it stands in native code that cannot be interrupted. */
  at: string | null;
}

/**
 * Stops the main thread of this process in the middle of what it does and looks who does it, from another thread. The main
 * thread stands still afterwards: this is for a process that is about to be killed.
 */
export async function lookAtMainThread(mostMs: number): Promise<CommandTable> {
  const nothing: CommandTable = { attempt: null, at: null };
  return new Promise((resolve) => {
    setTimeout(() => resolve(nothing), mostMs);
    try {
      const session = new Session();
      session.connectToMainThread();
      const files = new Map<string, string>();
      session.on('Debugger.scriptParsed', ({ params }) => void files.set(params.scriptId, params.url));
      session.on('Debugger.paused', ({ params: { callFrames } }) => {
        const [frame] = callFrames;
        if (frame === undefined) return resolve(nothing);
        const { callFrameId } = frame;
        const expression = `globalThis[Symbol.for(${JSON.stringify(WHOSE_CODE)})]?.() ?? null`;
        session.post('Debugger.evaluateOnCallFrame', { callFrameId, expression, returnByValue: true }, (_, answer) =>
          resolve({ attempt: (answer?.result?.value ?? null) as AttemptId | null, at: placeOf(callFrames, files) }),
        );
      });
      session.post('Debugger.enable');
      session.post('Debugger.pause');
    } catch {
      resolve(nothing);
    }
  });
}

/** The innermost frame in a file: of the user, rather than of Node. */
function placeOf(frames: readonly Debugger.CallFrame[], files: ReadonlyMap<string, string>): string | null {
  const urlOf = (frame: Debugger.CallFrame) => files.get(frame.location.scriptId) ?? frame.url;
  const frame = frames.find((each) => urlOf(each).startsWith('file:')) ?? frames[0];
  if (frame === undefined) return null;
  return `${frame.functionName || 'an unnamed function'} (${urlOf(frame)}:${frame.location.lineNumber + 1})`;
}
