"""Golden vectors for what a best score is worth, each computed in another way than the library does.

Run: python tests/golden/overfitting.py (scipy 1.17.1, numpy 2.4.6).
Correlations as a dense matrix, the posterior as a best linear unbiased prediction with dense covariances, CSCV on raw rows.
"""

import itertools
import json
import math
import pathlib
from importlib.metadata import version

import numpy
from scipy import stats

HERE = pathlib.Path(__file__).parent
EULER = float(numpy.euler_gamma)


def effective_observations(x, overlap):
    n = len(x)
    d = numpy.asarray(x) - numpy.mean(x)
    gamma = numpy.correlate(d, d, "full")[n - 1 :]
    pilot = max(math.floor(4 * (n / 100) ** (2 / 9)), math.floor(min(1.3 * math.sqrt(n), n / 4)))
    near = numpy.arange(1, min(pilot, n - 1) + 1)
    long_run = gamma[0] + 2 * gamma[near].sum()
    fitting = math.floor(1.1447 * ((2 * near @ gamma[near] / long_run) ** 2 * n) ** (1 / 3)) if long_run > 0 else 0
    lags = min(n - 1, max(2 * overlap, pilot, min(fitting, 4 * pilot, n // 4)))
    k = numpy.arange(1, lags + 1)
    weights = numpy.concatenate([[1.0], 2 * numpy.minimum(1, 1 - (k - overlap) / (lags - overlap + 1))])
    ratio = weights @ gamma[: lags + 1] / gamma[0] / (1 - min(weights.sum() / n, 0.5))
    return float(max(1.0, n / max(1.0, ratio)))


def mean_correlation(rows):
    c = numpy.corrcoef(rows)
    m = len(rows)
    return float(numpy.clip((c.sum() - m) / (m * (m - 1)), 0, 1)) if m > 1 else 0.0


def deflated(rows, winner, tried, overlap):
    x = rows[winner]
    observations = effective_observations(x, overlap)
    n = math.floor(observations)
    rho = mean_correlation(rows)
    trials = rho + (1 - rho) * tried
    ratios = rows.mean(axis=1) / rows.std(axis=1, ddof=1)

    def luck(count):
        return (1 - EULER) * stats.norm.ppf(1 - 1 / count) + EULER * stats.norm.ppf(1 - 1 / (count * math.e))

    spread = math.sqrt(1 + (stats.kurtosis(x, fisher=False) - 1) / 4 * ratios[winner] ** 2 - stats.skew(x) * ratios[winner])

    def confidence(benchmark):
        return float(stats.norm.cdf((ratios[winner] - benchmark) * math.sqrt(n - 1) / spread))

    expected = math.sqrt((1 - rho) / (n - 1)) * luck(tried)
    observed = float(numpy.std(ratios, ddof=1)) * luck(trials)
    return {
        "meanDifference": float(x.mean()),
        "ratio": float(ratios[winner]),
        "effectiveObservations": observations,
        "effectiveTrials": float(trials),
        "expectedRatioOfLuck": float(expected),
        "confidence": confidence(0.0),
        "deflatedConfidence": confidence(expected),
        "observedDeflatedConfidence": confidence(observed),
    }


def beating(rows, winner, overlap, holdout):
    x = rows.mean(axis=1)
    m = len(x)
    s2 = float(rows[winner].var(ddof=1)) / effective_observations(rows[winner], overlap)
    rho = mean_correlation(rows)
    tau2 = max(0.0, float(x.var(ddof=1)) - s2 * (1 - rho))
    v = tau2 * numpy.eye(m) + s2 * ((1 - rho) * numpy.eye(m) + rho * numpy.ones((m, m)))
    inverse = numpy.linalg.inv(v)
    one = numpy.ones(m)
    unit = numpy.eye(m)[winner]
    mu = one @ inverse @ x / (one @ inverse @ one)
    value = mu + tau2 * unit @ inverse @ (x - mu * one)
    gap = 1 - tau2 * one @ inverse @ unit
    variance = tau2 - tau2**2 * unit @ inverse @ unit + gap**2 / (one @ inverse @ one)
    if holdout is not None:
        h, h2 = holdout.mean(), holdout.var(ddof=1) / effective_observations(holdout, overlap)
        value, variance = (value * h2 + h * variance) / (variance + h2), variance * h2 / (variance + h2)
    return {
        "chance": float(stats.norm.cdf(value / math.sqrt(variance))),
        "expectedDifference": float(value),
        "standardError": math.sqrt(variance),
    }


def search(seed, trials, n, common, skill, overlap):
    rng = numpy.random.default_rng(seed)
    noise = rng.standard_t(6, (trials, n + overlap)) + common * rng.normal(size=n + overlap)
    rows = numpy.lib.stride_tricks.sliding_window_view(noise, overlap + 1, axis=1).mean(axis=2)
    return numpy.round(rows + rng.normal(skill, skill, trials)[:, None], 3)


def searches():
    cases = []
    for seed, (trials, n, common, skill, overlap, extra) in enumerate(
        [(5, 60, 0.0, 0.0, 0, 0), (12, 80, 1.0, 0.1, 0, 8), (8, 90, 0.5, 0.2, 3, 3), (2, 40, 2.0, 0.0, 1, 0)]
    ):
        rows = search(seed, trials, n, common, skill, overlap)
        winner = int(rows.mean(axis=1).argmax())
        holdout = search(seed + 100, 1, 30, common, skill, overlap)[0]
        cases.append(
            {
                "input": {
                    "differences": rows.tolist(),
                    "winner": winner,
                    "tried": trials + extra,
                    "overlap": overlap,
                    "holdout": holdout.tolist(),
                },
                "expected": {
                    "deflated": deflated(rows, winner, trials + extra, overlap),
                    "beating": beating(rows, winner, overlap, None),
                    "beatingWithHoldout": beating(rows, winner, overlap, holdout),
                },
            }
        )
    return cases


def overfitting():
    cases = []
    for seed, (trials, n, blocks) in enumerate([(6, 40, 4), (5, 43, 8), (9, 24, 6), (3, 30, 2)]):
        rows = search(seed + 50, trials, n, 0.5, 0.1, 0)
        if seed == 2:
            rows[4] = rows[1]
        parts = numpy.array_split(numpy.arange(n), blocks)
        logits, losses, xs, ys = [], 0, [], []
        for chosen in itertools.combinations(range(blocks), blocks // 2):
            inside = numpy.concatenate([parts[b] for b in chosen])
            outside = numpy.concatenate([parts[b] for b in range(blocks) if b not in chosen])
            best = int(rows[:, inside].mean(axis=1).argmax())
            other = rows[:, outside].mean(axis=1)
            omega = stats.rankdata(numpy.round(other, 12))[best] / (trials + 1)
            logits.append(float(numpy.log(omega / (1 - omega))))
            losses += bool(other[best] < 0)
            xs.append(rows[best, inside].mean())
            ys.append(other[best])
        cases.append(
            {
                "input": {"scores": rows.tolist(), "blocks": blocks},
                "expected": {
                    "probability": float(numpy.mean(numpy.array(logits) <= 0)),
                    "probabilityOfLoss": losses / len(logits),
                    "slope": float(stats.linregress(xs, ys).slope),
                    "logits": logits,
                },
            }
        )
    return cases


if __name__ == "__main__":
    body = {
        "source": {
            "library": "scipy, numpy",
            "version": f"{version('scipy')}, {version('numpy')}",
            "script": "tests/golden/overfitting.py",
        },
        "tolerance": "1e-9 relative: dense matrices are inverted on one side only",
        "searches": searches(),
        "overfitting": overfitting(),
    }
    (HERE / "overfitting.json").write_text(json.dumps(body, separators=(",", ":")) + "\n")
