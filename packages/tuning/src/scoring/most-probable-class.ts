/**
 * The column of the greatest probability in each row; ties to the first.
 * @param probabilities - Shape (rows × columns), row-major.
 */
export function mostProbableClass(probabilities: Float64Array, columns: number): Float64Array {
  const predicted = new Float64Array(probabilities.length / columns);
  for (let row = 0; row < predicted.length; row++) {
    let best = 0;
    for (let c = 1; c < columns; c++) {
      if (probabilities[row * columns + c]! > probabilities[row * columns + best]!) best = c;
    }
    predicted[row] = best;
  }
  return predicted;
}
