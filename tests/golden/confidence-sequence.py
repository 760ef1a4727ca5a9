"""Golden vectors for numeric/confidence-sequence.ts, by SciPy: betaln and brentq on the defining equations.

Run: python tests/golden/confidence-sequence.py > tests/golden/confidence-sequence.json
"""

import json
import math

import numpy as np
import scipy
from scipy.optimize import brentq
from scipy.special import betaln, logsumexp, xlog1py, xlogy

SIZES = 4 * 2.0 ** (-np.arange(21) / 2)
WEIGHTS = 1 / (np.arange(21) + 2.0) ** 2
SHIFTS = np.concatenate([SIZES, -SIZES])
LOG_WEIGHTS = np.log(np.concatenate([WEIGHTS, WEIGHTS]) / (2 * WEIGHTS.sum()))


def constant_rate(p, k, n):
    return betaln(0.5 + k, 0.5 + n - k) - betaln(0.5, 0.5) - xlogy(k, p) - xlog1py(n - k, -p)


def running_mean(p, k, n):
    return logsumexp(LOG_WEIGHTS + SHIFTS * k - n * np.log1p(p * np.expm1(SHIFTS)))


def interval(log_wealth, k, n, confidence):
    limit = -math.log1p(-confidence)
    f = lambda p: log_wealth(p, k, n) - limit
    tiny = 1e-300
    lower = 0.0 if k == 0 or f(tiny) < 0 else brentq(f, tiny, k / n, xtol=1e-16, rtol=1e-14)
    top = 1 - 1e-16
    upper = 1.0 if k == n or f(top) < 0 else brentq(f, k / n, top, xtol=1e-16, rtol=1e-14)
    return {"lower": lower, "upper": upper}


cases = []
for n, k in [(1, 0), (1, 1), (5, 2), (20, 20), (20, 0), (100, 60), (100, 3), (222, 119), (2000, 1180), (50000, 27600)]:
    for confidence in (0.8, 0.95, 0.999):
        cases.append(
            {
                "input": {"successes": k, "n": n, "confidence": confidence},
                "expected": {
                    "constantRate": interval(constant_rate, k, n, confidence),
                    "runningMean": interval(running_mean, k, n, confidence),
                },
            }
        )
print('{\n "source": ' + json.dumps({"libraries": {"scipy": scipy.__version__, "numpy": np.__version__}, "script": "tests/golden/confidence-sequence.py"}) + ",")
print(' "tolerance": ' + json.dumps({"relative": 1e-9, "absolute": 1e-12, "reason": "logarithms of 1e5 cancel to about 3, and the ends follow their slope"}) + ",")
print(' "cases": [\n' + ",\n".join("  " + json.dumps(case) for case in cases) + "\n ]\n}")
