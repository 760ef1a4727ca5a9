"""Golden vectors for the tests of the samplers benchmark. Run: python tests/golden/paired-tests.py (scipy, numpy)."""

import json
import pathlib
from importlib.metadata import version

import numpy as np
from scipy.stats import wilcoxon

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(20261122)


def signed_ranks(differences):
    test = wilcoxon(differences, alternative="greater", method="asymptotic", correction=True, zero_method="wilcox")
    return {"input": [float(x) for x in differences], "expected": float(test.pvalue)}


def holm(p):
    """By the definition: the i-th smallest of m times m − i + 1, never below the one before it, at most 1."""
    order = np.argsort(p, kind="stable")
    corrected, largest = [0.0] * len(p), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, float((len(p) - rank) * p[i])))
        corrected[i] = largest
    return {"input": [float(x) for x in p], "expected": corrected}


cases = [
    rng.standard_normal(30),
    rng.standard_normal(30) + 0.7,
    rng.standard_normal(30) - 1,
    np.round(rng.standard_normal(40) * 2) / 2,
    np.array([1.0, 1, 1, -1, 2, 0, 0, 3]),
    np.array([5.0]),
    rng.standard_normal(200) + 0.1,
]
out = {
    "source": {"script": "tests/golden/paired-tests.py", **{name: version(name) for name in ("scipy", "numpy")}},
    "tolerance": {"value": 1e-12, "reason": "rounding of the normal distribution"},
    "wilcoxon": [signed_ranks(case) for case in cases],
    "holm": [holm(p) for p in ([0.01, 0.04, 0.03, 0.005], [0.5, 0.9, 0.2], [0.02], [0.01, 0.01, 0.3, 0.6])],
}
(HERE / "paired-tests.json").write_text(json.dumps(out, indent=1) + "\n")
