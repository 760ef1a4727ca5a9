/** The family's name, as stored with every version. */
export const RANDOM_FOREST = 'random-forest';

export const RANDOM_FOREST_REGRESSION = 'random-forest-regression';
