import { purgedTail, ROWS_PER_LOOK } from '../purged-tail.ts';
import type { TrainingData, TrainingRows } from './training-data.ts';

/**
 * The newest rows, to stop early on, and the older ones whose labels end before them: see {@link purgedTail}.
 * @param share - In (0, 0.5].
 * @param look - Called every some 65,536 rows; throws to end the work.
 * @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when no row is left to train on.
 */
export function holdTailBack(
  data: TrainingData,
  share: number,
  look: () => void,
): { readonly train: TrainingRows; readonly tail: TrainingRows } {
  const { trainRows, tailRows } = purgedTail(data.dataset, share, look);
  return { train: gather(data, trainRows, look), tail: gather(data, tailRows, look) };
}

function gather({ dataset, weights }: TrainingData, rows: Uint32Array, look: () => void): TrainingRows {
  const { columns, values } = dataset.features;
  const features = new Float64Array(rows.length * columns);
  const targets = new Float64Array(rows.length);
  const gathered = weights && new Float64Array(rows.length);
  const stretch = Math.max(1, Math.floor((VALUES_PER_ROW * ROWS_PER_LOOK) / columns));
  for (let i = 0; i < rows.length; i++) {
    if (i % stretch === 0) look();
    const row = rows[i]!;
    for (let column = 0; column < columns; column++) features[i * columns + column] = values[row * columns + column]!;
    targets[i] = dataset.targets[row]!;
    if (gathered !== undefined) gathered[i] = weights![row]!;
  }
  return {
    dataset: {
      features: { values: features, rows: rows.length, columns },
      targets,
      ...(dataset.classes === undefined ? {} : { classes: dataset.classes }),
    },
    weights: gathered,
  };
}

/** Copies that cost about as much as what else is done to a row between two looks. */
const VALUES_PER_ROW = 16;
