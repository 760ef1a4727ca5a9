import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageFolders, sourcesOf } from './source-files.ts';

const MAY_READ_THE_TIME = 'core/src/clock.ts';

/** Reads of the machine's clock or of unseeded randomness, in code and not in comments. */
function ambientReads(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const name = `${node.expression.getText()}.${node.name.text}`;
      if (/^(?:globalThis\.)?(?:Math\.random|Date\.now)$/.test(name)) found.push(name);
    }
    const ofDate = (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'Date';
    if (ofDate && (node.arguments?.length ?? 0) === 0) found.push('new Date()');
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true));
  return found;
}

describe('library code', () => {
  it.each(packageFolders)('%s takes time and randomness from its caller', (folder) => {
    const offenders = sourcesOf(folder)
      .filter(({ path }) => path !== MAY_READ_THE_TIME)
      .flatMap(({ path, text }) => ambientReads(text).map((read) => `${path}: ${read}`));
    expect(offenders).toEqual([]);
  });
});

describe('the search for ambient reads', () => {
  it.each([
    ['const x = Math.random();', ['Math.random']],
    ['const now = Date.now;', ['Date.now']],
    ['const at = globalThis.Date.now();', ['globalThis.Date.now']],
    ['const at = new Date().getTime();', ['new Date()']],
    ['const text = Date();', ['new Date()']],
    ['const at = new Date(0); // Math.random() is not called', []],
    ['/** No Date.now here. */ const text = "Date.now";', []],
  ])('reads %s', (source, expected) => {
    expect(ambientReads(source)).toEqual(expected);
  });
});
