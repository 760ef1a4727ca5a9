"""Golden vectors for core's metrics and distributions.

Run: python tests/golden/core-metrics.py
Needs: scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6, empyrical-reloaded 0.7.1, mpmath 1.4.1 (Python 3.11).
"""

import json
import math
import pathlib
from importlib.metadata import version

import empyrical
import mpmath
import numpy
from scipy.stats import binomtest, norm
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

SCRIPT = "tests/golden/core-metrics.py"
HERE = pathlib.Path(__file__).parent


def write(name, libraries, tolerance, cases, note=None):
    head = {
        "source": {"libraries": {library: version(library) for library in libraries}, "script": SCRIPT},
        "tolerance": tolerance,
        **({"note": note} if note else {}),
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    rows = ",\n  ".join(json.dumps(case, allow_nan=False) for case in cases)
    lines.append(f' "cases": [\n  {rows}\n ]')
    (HERE / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def undefined_if_nan(value):
    return None if math.isnan(value) else float(value)


def classification():
    rng = numpy.random.default_rng(20250101)
    samples = [
        (["up"], ["up"]),
        (["up"], ["down"]),
        (["down"], ["up"]),
        (["down"], ["down"]),
        (["flat", "flat"], ["flat", "flat"]),
        (["up", "up", "up"], ["down", "flat", "down"]),
        (["down", "flat"], ["up", "up"]),
        (["up", "down", "flat"], ["up", "down", "flat"]),
    ]
    for n in (2, 7, 50, 200):
        for weights in ([0.5, 0.5, 0.0], [0.45, 0.45, 0.1], [0.9, 0.1, 0.0], [0.0, 0.5, 0.5]):
            draw = lambda: rng.choice(["up", "down", "flat"], size=n, p=weights).tolist()
            samples.append((draw(), draw()))
    cases = []
    for y_true, y_pred in samples:
        one = lambda score, positive: undefined_if_nan(
            score(y_true, y_pred, labels=[positive], average="macro", zero_division=numpy.nan)
        )
        cases.append(
            {
                "input": {"yTrue": y_true, "yPred": y_pred},
                "expected": {
                    "accuracy": float(accuracy_score(y_true, y_pred)),
                    **{
                        positive: {
                            "precision": one(precision_score, positive),
                            "recall": one(recall_score, positive),
                            "f1": one(f1_score, positive),
                        }
                        for positive in ("up", "down", "flat")
                    },
                },
            }
        )
    write(
        "classification-metrics",
        ["scikit-learn", "numpy"],
        {"relative": 1e-15, "reason": "ratios of whole numbers, at most two roundings"},
        cases,
        "null: zero_division=nan, a zero denominator",
    )


def calibration():
    """ECE with edges searched in a sorted array, as scikit-learn's calibration_curve does: bins (a, b]."""
    rng = numpy.random.default_rng(20250102)
    edges = [i / 10 for i in range(11)]
    samples = [
        ([True], [1.0]),
        ([False], [1.0]),
        ([True, False], [0.5, 0.5]),
        ([True, False] * 10, [e for e in edges[1:] for _ in range(2)]),
        ([True] * 18, [math.nextafter(e, up) for e in edges[1:-1] for up in (0, 1)]),
        ([True, False, True], [5e-324, 0.1, math.nextafter(0.1, 1)]),
    ]
    for n in (3, 50, 1000):
        confidence = rng.uniform(1 / 3, 1, size=n)
        samples.append(((rng.random(n) < confidence).tolist(), confidence.tolist()))
        samples.append(((rng.random(n) < 0.52).tolist(), numpy.round(confidence, 1).tolist()))
    cases = []
    for correct, confidence in samples:
        hits = numpy.array(correct, dtype=float)
        values = numpy.array(confidence)
        index = numpy.searchsorted(numpy.array(edges[1:-1]), values, side="left")
        error = 0.0
        counts = []
        for b in range(10):
            member = index == b
            counts.append(int(member.sum()))
            if member.any():
                error += member.mean() * abs(hits[member].mean() - values[member].mean())
        cases.append(
            {"input": {"correct": correct, "confidence": confidence}, "expected": {"ece": error, "counts": counts}}
        )
    write(
        "expected-calibration-error",
        ["numpy"],
        {"absolute": 1e-14, "reason": "another order of summation; the result is a difference of fractions"},
        cases,
    )


def sharpe():
    rng = numpy.random.default_rng(20250103)
    cases = []
    for n in (2, 3, 50, 252):
        for loc, scale in ((0.0005, 0.01), (-0.002, 0.03), (0.1, 1e-6)):
            returns = rng.normal(loc, scale, size=n)
            for risk_free, periods in ((0.0, 252), (0.0001, 365), (0.0, 52)):
                expected = empyrical.sharpe_ratio(returns, risk_free=risk_free, annualization=periods)
                cases.append(
                    {
                        "input": {
                            "returns": returns.tolist(),
                            "options": {"riskFreeRate": risk_free, "periodsPerYear": periods},
                        },
                        "expected": float(expected),
                    }
                )
    write(
        "sharpe-ratio",
        ["empyrical-reloaded", "numpy"],
        {
            "relative": 1e-12,
            "reason": "another order of summation; at mean 0.1 and deviation 1e-6 a rounding is magnified 1e5 times",
        },
        cases,
    )


def normal():
    zs = sorted({*numpy.linspace(-10, 10, 81).tolist(), 0.67448975, -0.67448975, 0.674489750196082, 5.656854249492381,
                 -5.65, -5.66, -15.0, -20.5, -26.25, -30.0, -35.0, -37.0, -37.4, 1e-8, -1e-8, 1e-300, 8.2, 8.3, 40.0})
    ps = sorted({*numpy.linspace(0.01, 0.99, 50).tolist(), 0.075, 0.925, 0.0749999999, 0.9250000001, 0.95, 0.975,
                 0.995, 0.9995, 1 - 1e-10, 1 - 2**-53, 1e-3, 1e-5, 1e-8, 1.3e-11, 1.4e-11, 1e-20, 1e-50, 1e-100, 1e-200,
                 1e-300, 2.5e-308})
    mpmath.mp.dps = 60
    exact_cdf = lambda z: float(mpmath.ncdf(mpmath.mpf(z)))

    def exact_quantile(p):
        p = mpmath.mpf(p)
        return float(mpmath.findroot(lambda z: mpmath.log(mpmath.ncdf(z) / p), mpmath.mpf(norm.ppf(float(p)))))

    # SciPy's own figures stand beside the exact ones: a slip in either would show as a disagreement here.
    # In the far tail SciPy rounds z²/2 before the exponential: about z² · 1e-16.
    for z in zs:
        assert math.isclose(exact_cdf(z), norm.cdf(z), rel_tol=1e-13 + z * z * 1e-15), z
    for p in ps:
        assert math.isclose(exact_quantile(p), norm.ppf(p), rel_tol=1e-13, abs_tol=1e-16), p
    write(
        "normal-distribution",
        ["scipy", "mpmath"],
        {
            "relative": 1e-15,
            "reason": "the published approximations reach about 1e-16; evaluating them adds a few roundings",
        },
        [
            {"input": {"function": "cdf", "at": zs}, "expected": [exact_cdf(z) for z in zs]},
            {"input": {"function": "quantile", "at": ps}, "expected": [exact_quantile(p) for p in ps]},
        ],
        "expected: mpmath with 60 digits, rounded; SciPy agrees to 1e-13 + z² · 1e-15 (checked by the script)",
    )


def wilson():
    cases = []
    for k, n in ((0, 1), (1, 1), (0, 20), (20, 20), (1, 20), (10, 20), (28, 50), (60, 100), (529, 1000), (1, 10**6),
                 (999_999, 10**6), (5_300_000, 10**7)):
        for confidence in (0.5, 0.9, 0.95, 0.99, 0.9999):
            interval = binomtest(k, n).proportion_ci(confidence_level=confidence, method="wilson")
            cases.append(
                {
                    "input": {"successes": k, "n": n, "confidence": confidence},
                    "expected": {"lower": float(interval.low), "upper": float(interval.high)},
                }
            )
    write(
        "wilson-interval",
        ["scipy"],
        {
            "relative": 1e-12,
            "absolute": 1e-15,
            "reason": "the lower end is a difference; SciPy divides by n first and so rounds in other places",
        },
        cases,
    )


classification()
calibration()
sharpe()
normal()
wilson()
