/**
 * The one order of text in every store: by Unicode code point, which is the order of UTF-8 bytes. JavaScript's `<`
 * compares UTF-16 units and puts characters beyond U+FFFF before U+E000.
 * @returns < 0, 0 or > 0, for `sort`.
 * @example compareText('\uFFFD', '😀'); // < 0
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Moves surrogates, which stand for the highest code points, above the rest of the 16-bit range. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
