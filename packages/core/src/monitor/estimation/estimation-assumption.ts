/** What every estimate before labels rests on. It is part of the result, so that no reader can leave it out. */
export const ESTIMATION_ASSUMPTION = 'P(y|x) unchanged; concept drift cannot be seen';

export type EstimationAssumption = typeof ESTIMATION_ASSUMPTION;
