import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { type ChartSpec, experimentCharts, optimizationHistory, renderHtml, renderSvg, slices } from '@mlperf/charts';
import { describe, expect, it } from 'vitest';
import { aStudy, mixedExperiments } from '../a-study.ts';

const set = { study: aStudy, experiments: mixedExperiments };
const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'&\u2028`;
const hostileSet = {
  study: { ...aStudy, studyId: HOSTILE, metric: HOSTILE },
  experiments: mixedExperiments.map((experiment) => ({ ...experiment, studyId: HOSTILE, notes: HOSTILE })),
};

describe('a chart as SVG', () => {
  it('is the same to the byte whenever it is drawn, alone or beside others', async () => {
    const spec = slices(set);
    const first = await renderSvg(spec);
    const together = await Promise.all([renderSvg(spec), renderSvg(optimizationHistory(set)), renderSvg(spec)]);
    expect(together[0]).toBe(first);
    expect(together[2]).toBe(first);
    expect(first).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  });

  it('draws a mark for each trial and its titles as text', async () => {
    const svg = await renderSvg(optimizationHistory(set));
    expect(svg).toContain('>Optimization history<');
    expect(svg).toContain('accuracy (higher is better)');
    expect(svg).toContain('best accuracy 0.55, trial 3');
    // Six trials with a value, in the colours of their states.
    const inColor = (color: string) => svg.match(new RegExp(`<path [^>]*stroke="${color}"`, 'g'))?.length ?? 0;
    // One more of each in the legend.
    expect([inColor('#0072b2'), inColor('#e69f00')]).toEqual([5 + 1, 1 + 1]);
  });

  it('refuses what is no specification, and one that would fetch something', async () => {
    const spec = optimizationHistory(set);
    await expect(renderSvg({ ...spec, layer: [{ mark: 'no-mark' }] } as ChartSpec)).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
    await expect(renderSvg({ ...spec, data: { url: 'https://example.com/rows.json' } })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      message: expect.stringContaining('https://example.com/rows.json'),
    });
  });
});

describe('charts as one HTML file', () => {
  it('need no network: no element of theirs names an address, and the page forbids itself to load', async () => {
    const html = await renderHtml(experimentCharts(set), { title: 'Study', subtitle: 'of an hour' });
    const vega = createRequire(new URL('../../../../packages/charts/package.json', import.meta.url)).resolve('vega');
    const runtime = readFileSync(join(dirname(vega), 'vega.min.js'), 'utf8');
    expect(html).toContain(runtime);
    const own = html.replace(runtime, '');
    // What a picture holds is text of an image, which loads nothing by itself.
    expect(own.replace(/base64,[^"]+/g, '')).not.toMatch(/\s(?:src|href|action)\s*=\s*(?!"data:)/i);
    expect(
      own.match(/https?:\/\/[^"'\s]+/g)?.filter((url) => !url.startsWith('https://vega.github.io/schema/')),
    ).toEqual([]);
    expect(html).toContain(`content="default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'`);
    expect(html.match(/<figure /g)).toHaveLength(5);
    expect(await renderHtml(experimentCharts(set), { title: 'Study', subtitle: 'of an hour' })).toBe(html);
  });

  it('are drawn by the Vega that the page holds, from the specifications it holds, as their pictures show them', async () => {
    const html = await renderHtml(experimentCharts(hostileSet), { title: 'Study' });
    const [runtime = '', script = ''] = [...html.matchAll(/<script>\n(.*?)\n<\/script>/gs)].map(([, text]) => text);
    const page = createContext({ console, structuredClone, URL, setTimeout, clearTimeout });
    runInContext(runtime, page);
    const specs = [...html.matchAll(/<script type="application\/json">(.*?)<\/script>/gs)].map(([, text]) => text);
    const pictures = [...html.matchAll(/base64,([^"]+)"/g)].map(([, text]) => Buffer.from(text!, 'base64').toString());
    const shapes = (svg: string) => svg.match(/<(?:path|line|text)\b/g)?.length;
    for (const [n, spec] of specs.entries()) {
      const svg: unknown = await runInContext(`new vega.View(vega.parse(${spec}), { renderer: 'none' }).toSVG()`, page);
      expect(shapes(String(svg))).toBe(shapes(pictures[n]!));
    }
    expect(specs).toHaveLength(5);
    expect(() => new Function(script)).not.toThrow();
  });

  it('show hostile names as text: no element more than with harmless ones', async () => {
    const page = (from: typeof set, title: string) => renderHtml(experimentCharts(from), { title, subtitle: title });
    const elements = (html: string) =>
      ['<script', '</script', '<img', 'onerror=alert'].map((part) => html.toLowerCase().split(part).length - 1);
    const harmless = await page(set, 'Study');
    const hostile = await page(hostileSet, HOSTILE);
    const [scripts, scriptEnds, images] = elements(harmless);
    const [hostileScripts, hostileScriptEnds, hostileImages] = elements(hostile);
    expect([hostileScripts, hostileScriptEnds, hostileImages]).toEqual([scripts, scriptEnds, images]);
    expect(hostile).toContain('<h1>&lt;/script&gt;&lt;script&gt;alert(1)');
    // Every script element with data holds JSON that still says what was said.
    const data = [...hostile.matchAll(/<script type="application\/json">(.*?)<\/script>/gs)].map(([, text]) => text!);
    expect(data).toHaveLength(5);
    for (const text of data) expect(JSON.stringify(JSON.parse(text))).toContain(JSON.stringify(HOSTILE).slice(1, -1));
  });

  it('are refused without a chart, and with one name twice', async () => {
    const [chart] = experimentCharts(set);
    await expect(renderHtml([], { title: 'Study' })).rejects.toMatchObject({ code: 'EMPTY_INPUT' });
    await expect(renderHtml([chart!, chart!], { title: 'Study' })).rejects.toMatchObject({ code: 'INVALID_RECORD' });
  });
});

describe('importing the package', () => {
  it('loads Vega only when something is drawn', () => {
    for (const file of ['render-svg.ts', 'compile-chart.ts', 'render-html.ts']) {
      const source = readFileSync(new URL(`../../../../packages/charts/src/render/${file}`, import.meta.url), 'utf8');
      expect(source).not.toMatch(/^import (?!type )[^;]*from 'vega/m);
    }
  });
});
