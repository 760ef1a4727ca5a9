"""Golden vectors for core's scores of labels, probabilities, prices and returns.

Run: python tests/golden/scoring-and-trading-metrics.py
Needs: scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6, empyrical-reloaded 0.7.1 (Python 3.11).
"""

import json
import math
import pathlib
import warnings
from importlib.metadata import version

import empyrical
import numpy
from scipy.stats import kurtosis, norm, skew
from sklearn.metrics import (
    balanced_accuracy_score,
    brier_score_loss,
    log_loss,
    matthews_corrcoef,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    roc_auc_score,
)

SCRIPT = "tests/golden/scoring-and-trading-metrics.py"
HERE = pathlib.Path(__file__).parent
CLASSES = ["up", "down", "flat"]

warnings.simplefilter("ignore")


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


def label_scores():
    rng = numpy.random.default_rng(20250201)
    samples = [
        (["up"], ["up"]),
        (["up", "up"], ["up", "down"]),
        (["up", "down"], ["down", "down"]),
        (["up", "down", "flat"], ["up", "down", "flat"]),
        (["up", "down"], ["down", "up"]),
        (["up", "down", "up"], ["flat", "flat", "flat"]),
    ]
    for n in (3, 20, 200):
        for weights in ([0.5, 0.5, 0.0], [0.45, 0.45, 0.1], [0.9, 0.1, 0.0], [0.2, 0.3, 0.5]):
            truth = rng.choice(CLASSES, size=n, p=weights)
            guess = numpy.where(rng.random(n) < 0.3, truth, rng.choice(CLASSES, size=n, p=weights))
            samples.append((truth.tolist(), guess.tolist()))
    cases = []
    for truth, guess in samples:
        varied = len(set(truth)) > 1 and len(set(guess)) > 1
        cases.append(
            {
                "input": {"yTrue": truth, "yPred": guess},
                "expected": {
                    "balancedAccuracy": float(balanced_accuracy_score(truth, guess)),
                    "matthewsCorrelation": float(matthews_corrcoef(truth, guess)) if varied else None,
                },
            }
        )
    write(
        "label-scores",
        ["scikit-learn", "numpy"],
        {"relative": 1e-14, "absolute": 1e-15, "reason": "ratios of whole numbers, rounded in another order"},
        cases,
        "null: one class observed or predicted; scikit-learn says 0 there",
    )


def probability_scores():
    rng = numpy.random.default_rng(20250202)
    cases = []
    for n in (1, 2, 30, 300):
        for k in (2, 3):
            classes = CLASSES[:k]
            for sharpness in (0.3, 1.0, 8.0):
                probabilities = rng.dirichlet([sharpness] * k, size=n)
                # The edges: certain and right, certain and wrong, undecided.
                probabilities[0] = [1.0] + [0.0] * (k - 1)
                if n > 2:
                    probabilities[1] = [1.0] + [0.0] * (k - 1)
                    probabilities[2] = [0.5, 0.5] + [0.0] * (k - 2)
                truth = [classes[rng.choice(k, p=row)] for row in probabilities]
                if n > 2:
                    truth[0], truth[1] = "up", "down"
                index = [sorted(classes).index(c) for c in classes]
                ordered = numpy.empty_like(probabilities)
                ordered[:, index] = probabilities
                one_hot = numpy.array([[float(label == c) for c in classes] for label in truth])
                happened = [label == "up" for label in truth]
                both = 0 < sum(happened) < n
                cases.append(
                    {
                        "input": {"yTrue": truth, "probabilities": probabilities.flatten().tolist(), "classes": classes},
                        "expected": {
                            "logLoss": float(log_loss(truth, ordered, labels=sorted(classes))),
                            "brierUp": float(numpy.mean((probabilities[:, 0] - one_hot[:, 0]) ** 2)),
                            "multiclassBrier": float(numpy.mean(((probabilities - one_hot) ** 2).sum(axis=1))),
                            "rocAucUp": float(roc_auc_score(happened, probabilities[:, 0])) if both else None,
                        },
                    }
                )
                if both:
                    ours = cases[-1]["expected"]["brierUp"]
                    assert math.isclose(ours, brier_score_loss(happened, probabilities[:, 0]), rel_tol=1e-12, abs_tol=1e-15)
    # Many ties: scores of one decimal.
    for n in (10, 200):
        scores = numpy.round(rng.random(n), 1)
        truth = numpy.where(rng.random(n) < scores, "up", "down").tolist()
        truth[0], truth[1] = "up", "down"
        pairs = numpy.column_stack([scores, 1 - scores])
        cases.append(
            {
                "input": {"yTrue": truth, "probabilities": pairs.flatten().tolist(), "classes": ["up", "down"]},
                "expected": {
                    "logLoss": float(log_loss(truth, pairs[:, ::-1], labels=["down", "up"])),
                    "brierUp": float(brier_score_loss([label == "up" for label in truth], scores)),
                    "multiclassBrier": 2 * float(brier_score_loss([label == "up" for label in truth], scores)),
                    "rocAucUp": float(roc_auc_score([label == "up" for label in truth], scores)),
                },
            }
        )
    write(
        "probability-scores",
        ["scikit-learn", "numpy"],
        {"relative": 1e-12, "absolute": 1e-15, "reason": "another order of summation; log loss renormalises rows"},
        cases,
        "rocAucUp null: one class only",
    )


def calibration():
    """Bins (a, b]; equal-mass edges are quantiles by definition 1 of Hyndman and Fan."""
    rng = numpy.random.default_rng(20250203)
    samples = [
        ([True], [0.5]),
        ([True, False, True], [0.5, 0.5, 0.5]),
        ([True] * 12, [0.7] * 12),
        ([False] * 5, [0.2, 0.2, 0.9, 0.9, 1.0]),
    ]
    for n in (2, 7, 50, 1000):
        confidence = rng.uniform(1 / 3, 1, size=n)
        samples.append(((rng.random(n) < confidence).tolist(), confidence.tolist()))
        samples.append(((rng.random(n) < 0.52).tolist(), numpy.round(confidence, 2).tolist()))
    cases = []
    for correct, confidence in samples:
        o = numpy.array(correct, dtype=float)
        f = numpy.array(confidence)
        n = len(f)

        def gaps(index):
            groups = [index == b for b in numpy.unique(index)]
            return [(int(g.sum()), float(o[g].mean()), float(f[g].mean())) for g in groups]

        equal_width = gaps(numpy.searchsorted(numpy.array([i / 10 for i in range(1, 10)]), f, side="left"))
        # As numpy.quantile(method="inverted_cdf"), but with ranks from whole numbers: the level k/10 is not a double.
        edges = numpy.sort(f)[[-(-k * n // 10) - 1 for k in range(1, 10)]]
        equal_mass = gaps(numpy.searchsorted(numpy.unique(edges), f, side="left"))
        wide = [(c, a, m) for c, a, m in equal_width if c > 1]
        total = sum(c for c, _, _ in wide)
        debiased = sum(c * ((a - m) ** 2 - a * (1 - a) / (c - 1)) for c, a, m in wide) / total if total else None
        mean = o.mean()
        bins = numpy.searchsorted(numpy.array([i / 10 for i in range(1, 10)]), f, side="left")
        bin_f = numpy.array([f[bins == b].mean() for b in bins])
        bin_o = numpy.array([o[bins == b].mean() for b in bins])
        cases.append(
            {
                "input": {"correct": correct, "confidence": confidence},
                "expected": {
                    "mce": max(abs(a - m) for _, a, m in equal_width),
                    "debiasedSquare": debiased,
                    "equalMassCounts": [c for c, _, _ in equal_mass],
                    "equalMassEce": sum(c * abs(a - m) for c, a, m in equal_mass) / n,
                    "equalMassMce": max(abs(a - m) for _, a, m in equal_mass),
                    "brier": {
                        "brierScore": float(((f - o) ** 2).mean()),
                        "reliability": float(((bin_f - bin_o) ** 2).mean()),
                        "resolution": float(((bin_o - mean) ** 2).mean()),
                        "uncertainty": float(mean * (1 - mean)),
                        "withinBinVariance": float(((f - bin_f) ** 2).mean()),
                        "withinBinCovariance": float(2 * ((f - bin_f) * (o - bin_o)).mean()),
                    },
                },
            }
        )
        b = cases[-1]["expected"]["brier"]
        identity = (
            b["reliability"] - b["resolution"] + b["uncertainty"] + b["withinBinVariance"] - b["withinBinCovariance"]
        )
        assert abs(identity - b["brierScore"]) < 1e-15, identity
    write(
        "calibration-errors",
        ["numpy"],
        {"absolute": 1e-14, "reason": "another order of summation; the results are differences of fractions"},
        cases,
    )


def price_errors():
    rng = numpy.random.default_rng(20250204)
    cases = []
    for n in (1, 2, 50, 500):
        for size in (1e-4, 1.0, 6e4):
            truth = size * rng.uniform(0.5, 2, size=n)
            guess = truth * rng.normal(1, 0.02, size=n)
            cases.append(
                {
                    "input": {"yTrue": truth.tolist(), "yPred": guess.tolist()},
                    "expected": {
                        "mae": float(mean_absolute_error(truth, guess)),
                        "rmse": float(math.sqrt(mean_squared_error(truth, guess))),
                        "mape": float(mean_absolute_percentage_error(truth, guess)),
                    },
                }
            )
    write(
        "price-errors",
        ["scikit-learn", "numpy"],
        {"relative": 1e-12, "reason": "another order of summation"},
        cases,
    )


def returns():
    rng = numpy.random.default_rng(20250205)
    cases = []
    samples = [rng.normal(loc, scale, size=n) for n in (3, 50, 750) for loc, scale in ((5e-4, 0.01), (-2e-3, 0.03), (0.0, 0.1))]
    samples.append(numpy.array([0.1, -1.0, 0.2]))
    samples.append(numpy.array([-0.5, 1.0, -0.5, 1.0, -0.5]))
    for sample in samples:
        for periods in (252, 12):
            n = len(sample)
            sharpe = sample.mean() / sample.std(ddof=1)
            g3, g4 = skew(sample, bias=True), kurtosis(sample, fisher=False, bias=True)
            spread = math.sqrt(1 - g3 * sharpe + (g4 - 1) / 4 * sharpe**2)
            probability = lambda benchmark: float(norm.cdf((sharpe - benchmark) * math.sqrt(n - 1) / spread))
            trials, variance = 25, 0.4 / n
            gamma = numpy.euler_gamma
            best = math.sqrt(variance) * ((1 - gamma) * norm.ppf(1 - 1 / trials) + gamma * norm.ppf(1 - 1 / (trials * math.e)))
            annual = (1 + empyrical.cum_returns_final(sample)) ** (periods / n) - 1
            drawdown = empyrical.max_drawdown(sample)
            calmar = annual / abs(drawdown)
            if not math.isnan(empyrical.calmar_ratio(sample, annualization=periods)):
                assert math.isclose(calmar, empyrical.calmar_ratio(sample, annualization=periods), rel_tol=1e-9)
            cases.append(
                {
                    "input": {"returns": sample.tolist(), "periodsPerYear": periods},
                    "expected": {
                        "totalReturn": float(empyrical.cum_returns_final(sample)),
                        "maximumDrawdown": float(-drawdown),
                        "calmar": float(calmar),
                        "sortino": float(empyrical.sortino_ratio(sample, required_return=0.001, annualization=periods)),
                        "skewness": float(g3),
                        "kurtosis": float(g4),
                        "psr": probability(0.0),
                        "psrAgainst": probability(0.05),
                        "dsr": probability(best),
                        "minimumTrackRecord": 1 + spread**2 * (norm.ppf(0.95) / (sharpe + 10.0)) ** 2,
                    },
                }
            )
    write(
        "return-metrics",
        ["empyrical-reloaded", "scipy", "numpy"],
        {
            "relative": 1e-9,
            "absolute": 1e-12,
            "reason": "empyrical compounds in plain doubles; a total return near 0 is a difference of numbers near 1",
        },
        cases,
        "sortino: required return 0.001; psrAgainst: 0.05; dsr: 25 trials of variance 0.4/n; "
        "minimumTrackRecord: benchmark -10, level 0.95",
    )


label_scores()
probability_scores()
calibration()
price_errors()
returns()
