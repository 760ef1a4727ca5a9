/** The family's name, as stored with every version. */
export const RANDOM_FOREST = 'random-forest';
