import type { ClassMode, Policy } from '@leeway/contract';

const EVERY_CLASS = '*';

/** Mode of learned deadlines for a class: that of the longest beginning of its name that the policy lists. */
export function classMode({ estimator }: Pick<Policy, 'estimator'>, className: string): ClassMode {
  const parts = className.split('/');
  for (let length = parts.length; length > 0; length -= 1) {
    const mode = modeOf(estimator.classes, parts.slice(0, length).join('/'));
    if (mode !== undefined) return mode;
  }
  return modeOf(estimator.classes, EVERY_CLASS) ?? 'on';
}

/** Own properties only: names come from callers, and `constructor` is no mode. */
function modeOf(classes: Readonly<Record<string, ClassMode>>, name: string): ClassMode | undefined {
  return Object.hasOwn(classes, name) ? classes[name] : undefined;
}
