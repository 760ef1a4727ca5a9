export const GRADIENT_BOOSTING = 'gradient-boosting';
export const GRADIENT_BOOSTING_REGRESSION = 'gradient-boosting-regression';
