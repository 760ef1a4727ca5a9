"""Golden vectors for retraining/gate: betting capital and interval, by confseq's own betting martingale.

Run: pip install --no-deps confseq==0.0.11 && python tests/golden/betting.py > tests/golden/betting.json
"""

import json
import sys
import types

import numpy as np
from scipy.optimize import brentq

# confseq imports what draws its figures and forks its loops, and names a type that NumPy 2 has dropped.
np.float_ = np.float64
for name in ("matplotlib", "matplotlib.pyplot", "multiprocess"):
    sys.modules[name] = types.ModuleType(name)

from confseq.betting import betting_mart  # noqa: E402

SHARES = 0.5 ** np.arange(1, 9)


def capital(gains, bound, margin, side):
    """Mean over the shares of confseq's capital for a constant bet; gains moved to [0, 1]."""
    x = (np.array(gains) + bound) / (2 * bound)
    m = (margin + bound) / (2 * bound)
    odds = m if side == "above" else 1 - m
    bets = [lambda x, m, s=s: np.repeat(s / odds, len(x)) for s in SHARES]
    paths = [
        betting_mart(
            x,
            m,
            lambdas_fn_positive=bet,
            lambdas_fn_negative=bet,
            theta=1 if side == "above" else 0,
            trunc_scale=1,
        )
        for bet in bets
    ]
    return np.mean(paths, axis=0)


def end(gains, bound, alpha, side):
    f = lambda m: capital(gains, bound, m, side)[-1] - 1 / alpha
    low, high = -bound * (1 - 1e-12), bound * (1 - 1e-12)
    if side == "above":
        return -bound if f(low) < 0 else brentq(f, low, high, xtol=1e-15)
    return bound if f(high) < 0 else brentq(f, low, high, xtol=1e-15)


rng = np.random.default_rng(7)
cases = []
for n, mean, bound in [(1, 0.0, 1.0), (30, 0.3, 1.0), (200, 0.1, 1.0), (500, -0.2, 1.0), (300, 0.002, 0.03)]:
    scale = bound * 0.7
    gains = np.clip(np.round(rng.normal(mean, scale, n), 6), -bound, bound).tolist()
    for margin in (0.0, 0.1 * bound, -0.3 * bound):
        cases.append(
            {
                "gains": gains,
                "bound": bound,
                "margin": margin,
                "above": capital(gains, bound, margin, "above")[[0, n // 2, n - 1]].tolist(),
                "below": capital(gains, bound, margin, "below")[[0, n // 2, n - 1]].tolist(),
                "lower": end(gains, bound, 0.025, "above"),
                "upper": end(gains, bound, 0.1, "below"),
            }
        )

print(
    json.dumps(
        {
            "source": "confseq 0.0.11 betting_mart, NumPy %s; tests/golden/betting.py" % np.__version__,
            "tolerance": {"relative": 1e-9, "reason": "products of up to 500 factors in another order of operations"},
            "alphaLower": 0.025,
            "alphaUpper": 0.1,
            "cases": cases,
        }
    )
)
