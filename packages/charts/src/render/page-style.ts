/** The look of a page of charts, on a screen and on paper. */
export const PAGE_STYLE = `
:root { color-scheme: light; --ink: #22272e; --muted: #5f6b7a; --rule: #d8dee6; }
* { box-sizing: border-box; }
body { margin: 0; padding: 32px 24px 48px; background: #f4f6f9; color: var(--ink);
  font: 14px/1.5 Inter, "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; }
header, main { max-width: 1480px; margin: 0 auto; }
h1 { margin: 0; font-size: 24px; font-weight: 650; letter-spacing: -0.01em; overflow-wrap: anywhere; }
header p { margin: 4px 0 0; color: var(--muted); overflow-wrap: anywhere; }
main { display: flex; flex-wrap: wrap; gap: 20px; margin-top: 24px; align-items: flex-start; }
figure { margin: 0; padding: 10px 12px; background: #fff; border: 1px solid var(--rule); border-radius: 10px;
  max-width: 100%; overflow-x: auto; }
figure svg, figure img { display: block; max-width: 100%; height: auto; }
@media print { body { background: #fff; padding: 0; } figure { border: 0; padding: 0; break-inside: avoid; } }
`.trim();

/**
 * Draws each chart in the place of its still picture, with tooltips. Where it cannot (no scripts, an old browser), the
 * picture stays.
 */
export const PAGE_SCRIPT = `
for (const figure of document.querySelectorAll('figure')) {
  const spec = JSON.parse(figure.querySelector('script').textContent);
  const place = document.createElement('div');
  const refuse = () => Promise.reject(new Error('a chart loads nothing'));
  new vega.View(vega.parse(spec), {
    renderer: 'svg', container: place, hover: true, logLevel: vega.Error, loader: { load: refuse, sanitize: refuse },
  }).runAsync().then(() => figure.querySelector('img').replaceWith(place), console.error);
}
`.trim();
