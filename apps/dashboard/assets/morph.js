/**
 * Makes the children of `target` equal to those of `source` by changing only what differs: nothing flickers, bars move
 * smoothly, and selection and focus are kept. Elements with the same `data-key` are matched wherever they have moved.
 *
 * @param {Element} target
 * @param {Element} source
 */
export function morphChildren(target, source) {
  const keyed = new Map();
  for (const child of target.children) {
    const key = child.getAttribute('data-key');
    if (key !== null) keyed.set(key, child);
  }
  let place = target.firstChild;
  for (const wanted of [...source.childNodes]) {
    const same = counterpart(wanted, place, keyed);
    if (same === null) {
      target.insertBefore(wanted, place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else target.insertBefore(same, place);
    morphNode(same, wanted);
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/**
 * The existing node for `wanted`; null: there is none.
 *
 * @param {Node} wanted
 * @param {ChildNode | null} place
 * @param {Map<string, Element>} keyed
 * @returns {ChildNode | null}
 */
function counterpart(wanted, place, keyed) {
  const key = wanted instanceof Element ? wanted.getAttribute('data-key') : null;
  if (key !== null) return keyed.get(key) ?? null;
  if (place === null || place.nodeType !== wanted.nodeType || place.nodeName !== wanted.nodeName) return null;
  return place instanceof Element && place.hasAttribute('data-key') ? null : place;
}

/**
 * @param {ChildNode} node
 * @param {Node} wanted
 */
function morphNode(node, wanted) {
  if (node instanceof Element && wanted instanceof Element) {
    morphAttributes(node, wanted);
    morphChildren(node, wanted);
  } else if (node.nodeValue !== wanted.nodeValue) {
    node.nodeValue = wanted.nodeValue;
  }
}

/**
 * Leaves `open` as it is: visitors fold and unfold parts of the page.
 *
 * @param {Element} element
 * @param {Element} wanted
 */
function morphAttributes(element, wanted) {
  for (const { name, value } of wanted.attributes) {
    if (name !== 'open' && element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  for (const { name } of [...element.attributes]) {
    if (name !== 'open' && !wanted.hasAttribute(name)) element.removeAttribute(name);
  }
}
