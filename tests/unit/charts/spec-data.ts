import type { ChartSpec } from '@mlperf/charts';

export type Row = Readonly<Record<string, unknown>>;

interface View {
  readonly data?: { readonly values: readonly Row[] };
  readonly layer?: readonly View[];
  readonly concat?: readonly View[];
  readonly mark?: string | { readonly type: string; readonly shape?: string };
  readonly encoding?: Readonly<
    Record<string, { readonly title?: string; readonly scale?: Row; readonly sort?: unknown }>
  >;
}

/** The views of a chart that hold data of their own, in the order they are drawn. */
export function viewsOf(spec: ChartSpec): readonly Required<Pick<View, 'data' | 'encoding'>>[] {
  const found: Required<Pick<View, 'data' | 'encoding'>>[] = [];
  const visit = ({ data, encoding = {}, layer = [], concat = [] }: View): void => {
    if (data !== undefined) found.push({ data, encoding });
    for (const part of [...layer, ...concat]) visit(part);
  };
  visit(JSON.parse(JSON.stringify(spec)));
  return found;
}

export function rowsOf(spec: ChartSpec, view: number): readonly Row[] {
  const found = viewsOf(spec)[view];
  if (found === undefined) throw new Error(`the chart has no view ${view}`);
  return found.data.values;
}

export function subtitleOf(spec: ChartSpec): string {
  return JSON.stringify(spec.title);
}
