/** Positions of steps in an order with needed steps first; undefined: some steps need each other. Unknown needs are ignored. */
export function stepOrder(
  steps: readonly { name: string; needs?: readonly string[] | undefined }[],
): number[] | undefined {
  const place = new Map(steps.map(({ name }, i) => [name, i]));
  const open = steps.map(({ needs = [] }) => new Set(needs.filter((need) => place.has(need))));
  const order: number[] = [];
  const ready = open.flatMap((needs, i) => (needs.size === 0 ? [i] : []));
  for (let i = ready.shift(); i !== undefined; i = ready.shift()) {
    order.push(i);
    const done = steps[i]?.name as string;
    for (const [j, needs] of open.entries()) if (needs.delete(done) && needs.size === 0) ready.push(j);
  }
  return order.length === steps.length ? order : undefined;
}
