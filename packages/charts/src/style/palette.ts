import type { TrialState } from '@mlperf/core';

/**
 * Colours that stay apart for every common colour blindness, and by their lightness in print.
 * @see Okabe & Ito (2008), Color Universal Design.
 */
export const BLUE = '#0072b2';
export const ORANGE = '#e69f00';
export const VERMILLION = '#d55e00';
export const SKY = '#56b4e9';
export const INK = '#22272e';
export const MUTED = '#5f6b7a';
export const RULE = '#d8dee6';

/** One hue from light to dark by lightness alone, so that it reads in grey too. */
export const SEQUENTIAL_SCHEME = 'viridis';

/** How a trial's end is drawn: by shape and by colour, so that either is enough. */
export const STATE_STYLES: Readonly<Record<TrialState, { readonly color: string; readonly shape: string }>> = {
  complete: { color: BLUE, shape: 'circle' },
  pruned: { color: ORANGE, shape: 'diamond' },
  failed: { color: VERMILLION, shape: 'cross' },
  running: { color: MUTED, shape: 'triangle-right' },
};
