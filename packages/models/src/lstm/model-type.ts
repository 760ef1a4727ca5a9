/** The families' names, as stored with every version. */
export const LSTM = 'lstm';
export const LSTM_REGRESSION = 'lstm-regression';

export type LstmModelType = typeof LSTM | typeof LSTM_REGRESSION;
