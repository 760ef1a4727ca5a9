"""Golden vectors for scores of single features, from scikit-learn, and for the distributions they need, from SciPy.

Run: python tests/golden/feature-scores.py (scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6).
Mutual information is scikit-learn's estimator without the noise it adds against ties, on data without ties, and scaled as
it scales; chi2 on counts.
"""

import json
import pathlib
from importlib.metadata import version

import numpy
from scipy import special, stats
from sklearn.feature_selection import chi2, f_classif, f_regression
from sklearn.feature_selection._mutual_info import _compute_mi_cc, _compute_mi_cd
from sklearn.preprocessing import scale

HERE = pathlib.Path(__file__).parent
rng = numpy.random.default_rng(20260101)


def columns(n, classes):
    y = rng.integers(0, classes, n)
    x = rng.normal(size=(n, 4))
    x[:, 0] += 0.8 * y
    x[:, 1] = numpy.exp(x[:, 1]) * (1 + (y == 1))
    x[:, 3] = 1.5
    return x, y


def mutual_information_classes(x, y):
    return [float(_compute_mi_cd(scale(c, with_mean=False), y, 3)) if c.std() > 0 else 0.0 for c in x.T]


def mutual_information_values(x, y):
    target = scale(y, with_mean=False)
    return [float(_compute_mi_cc(scale(c, with_mean=False), target, 3)) if c.std() > 0 else 0.0 for c in x.T]


def finite(values):
    return [None if not numpy.isfinite(v) else float(v) for v in values]


cases = []
for n, k in [(60, 2), (101, 3)]:
    x, y = columns(n, k)
    f, p = f_classif(x, y)
    counts = rng.poisson(3 + y[:, None] * numpy.array([2.0, 0.0, 1.0, 0.0]), size=(n, 4)).astype(float)
    c, cp = chi2(counts, y)
    target = x[:, 0] ** 2 + 0.5 * x[:, 2] + rng.normal(size=n)
    r, rp = f_regression(x, target)
    cases.append(
        {
            "classes": k,
            "features": x.tolist(),
            "labels": y.tolist(),
            "target": target.tolist(),
            "counts": counts.tolist(),
            "fClassif": {"scores": finite(f), "pValues": finite(p)},
            "fRegression": {"scores": finite(r), "pValues": finite(rp)},
            "chi2": {"scores": finite(c), "pValues": finite(cp)},
            "mutualInformation": mutual_information_classes(x, y),
            "mutualInformationRegression": mutual_information_values(x, target),
        }
    )

beta = [
    {"a": a, "b": b, "x": x, "value": float(special.betainc(a, b, x))}
    for a in [0.5, 1, 2.5, 9.5, 10.5, 150, 5000]
    for b in [0.5, 1, 3, 12, 700]
    for x in [1e-6, 0.02, 0.3, 0.5, 0.77, 0.99]
]
fisher = [
    {"f": f, "d1": d1, "d2": d2, "value": float(stats.f.sf(f, d1, d2))}
    for f in [0.0, 0.1, 1, 2.5, 30, 400]
    for d1 in [1, 2, 7]
    for d2 in [3, 98, 9998]
]
digamma = [{"a": a, "value": float(special.digamma(a))} for a in [0.01, 0.5, 1, 1.4616321449683623, 3, 9.9, 10, 55.5, 1e6]]

(HERE / "feature-scores.json").write_text(
    json.dumps(
        {
            "source": {p: version(p) for p in ["numpy", "scipy", "scikit-learn"]},
            "cases": cases,
            "regularizedBeta": beta,
            "fisherUpperTail": fisher,
            "digamma": digamma,
        }
    )
    + "\n"
)
