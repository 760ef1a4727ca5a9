import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import type { EvidencePart } from './e-detector.ts';

/** The streams an alarm rests on, as configured: hits have what the others leave. */
export function evidencePartsOf(settings: PerformanceMonitoringConfig): readonly EvidencePart[] {
  const { calibrationEvidence, confidenceTolerance, returnEvidence, returnFloor, returnBound = 0 } = settings;
  // Rounded, so that 1 − 0.9 − 0.1 leaves nothing.
  const hits = Number((1 - calibrationEvidence - returnEvidence).toFixed(9));
  const parts: readonly EvidencePart[] = [
    { stream: 'hits', share: hits },
    { stream: 'calibration', share: calibrationEvidence, tolerance: confidenceTolerance },
    { stream: 'net-return', share: returnEvidence, floor: returnFloor, bound: returnBound },
  ];
  return parts.filter(({ share }) => share > 0);
}
