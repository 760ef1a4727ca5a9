import { type Checker, isObject, satisfying } from './checker.ts';

/** Any JSON object; that its content is plain data is the canonical copy's check. */
export const jsonObject: Checker = satisfying('an object', isObject);
