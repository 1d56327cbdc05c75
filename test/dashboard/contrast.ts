/// <reference lib="dom" />
/**
 * Runs inside a page: the visible texts whose contrast with what is behind them is below 4.5 (WCAG AA), each with its
 * contrast. Has to be self-contained, it is sent to the browser as text.
 */
export function unreadableTexts(): string[] {
  const LEAST = 4.5;
  const parse = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([red = 0, green = 0, blue = 0]: number[]) => {
    const linear = [red, green, blue].map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  };
  const behind = (element: Element | null): number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || (color[3] ?? 0) === 1) return color;
    }
    return [255, 255, 255];
  };
  const found = new Set<string>();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.nodeValue?.trim() ?? '';
    if (
      element === null ||
      text === '' ||
      element.closest('svg, script, .unseen, .skip') !== null ||
      element.getClientRects().length === 0
    )
      continue;
    const pair = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))];
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (contrast < LEAST) found.add(`${contrast.toFixed(2)}: ${text.slice(0, 40)}`);
  }
  return [...found];
}
