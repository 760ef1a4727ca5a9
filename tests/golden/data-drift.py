"""Golden vectors for the data drift distances and the distributions behind their p-values.

Run: python tests/golden/data-drift.py
Needs: scipy 1.17.1, numpy 2.4.6 (Python 3.11).
"""

import itertools
import json
import math
import pathlib
from importlib.metadata import version

import numpy
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

SCRIPT = "tests/golden/data-drift.py"
HERE = pathlib.Path(__file__).parent


def write(name, libraries, tolerance, cases):
    head = {
        "source": {"libraries": {library: version(library) for library in libraries}, "script": SCRIPT},
        "tolerance": tolerance,
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    rows = ",\n  ".join(json.dumps(case, allow_nan=False) for case in cases)
    lines.append(f' "cases": [\n  {rows}\n ]')
    (HERE / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def distributions():
    cases = []
    # At 1e6 SciPy stops its series too early (4e-6 off at 995,000; mpmath agrees with ours).
    a_grid = [1e-3, 0.1, 0.5, 1, 1.5, 3, 9.5, 10, 25, 100, 1234.5, 1e5]
    for function, evaluate in (("P", special.gammainc), ("Q", special.gammaincc)):
        for a in a_grid:
            spread = math.sqrt(a)
            at = sorted({max(1e-6, a + k * spread) for k in (-5, -3, -1, -0.1, 0, 0.1, 1, 3, 5, 10)})
            kept = [(x, float(evaluate(a, x))) for x in at]
            kept = [(x, value) for x, value in kept if value > 1e-290]
            cases.append({"input": {"function": function, "a": a, "at": [x for x, _ in kept]}, "expected": [v for _, v in kept]})
    at = [1e-3, 0.01, 0.3, 0.5, 0.999, 1, 1.001, 2, 2.5, 7, 10, 33.3, 170, 1e4, 1e8]
    cases.append({"input": {"function": "logGamma", "at": at}, "expected": special.gammaln(at).tolist()})
    at = [0.05, 0.2, 0.4, 0.6, 0.8, 1, 1.19, 1.2, 1.21, 1.36, 1.63, 2, 3, 5, 8, 15]
    cases.append({"input": {"function": "kolmogorov", "at": at}, "expected": special.kolmogorov(at).tolist()})
    for df in (1, 2, 3, 7, 40, 999):
        at = [0.001, df / 3, float(df), df + 3 * math.sqrt(2 * df), 3.0 * df + 20]
        cases.append({"input": {"function": "chiSquare", "df": df, "at": at}, "expected": stats.chi2.sf(at, df).tolist()})
    write(
        "drift-distributions",
        ["scipy", "numpy"],
        {"relative": 2e-12, "absolute": 1e-14, "reason": "ln Γ crosses 0 at 1 and 2; else the error of SciPy itself for large shapes"},
        cases,
    )


def edges_of(reference, bins, rule):
    share = numpy.arange(1, bins) / bins
    if rule == "quantile":
        inner = numpy.quantile(reference, share, method="linear")
    else:
        inner = min(reference) * (1 - share) + max(reference) * share
    return numpy.unique(inner)


def counts_of(values, inner):
    # right=True: bin i holds edge[i-1] < x <= edge[i]
    return numpy.bincount(numpy.digitize(values, inner, right=True), minlength=len(inner) + 1)


def psi_of(reference, current, zero):
    if zero["rule"] == "smooth":
        k, alpha = len(reference), zero["pseudoCount"]
        r = (reference + alpha) / (reference.sum() + alpha * k)
        c = (current + alpha) / (current.sum() + alpha * k)
    else:
        r = numpy.maximum(reference / reference.sum(), zero["share"])
        c = numpy.maximum(current / current.sum(), zero["share"])
    return float(numpy.sum((c - r) * numpy.log(c / r)))


def samples():
    rng = numpy.random.default_rng(20250606)
    yield "one each", [1.0], [2.0]
    yield "disjoint", [1.0, 2.0, 3.0], [4.0, 5.0, 6.0]
    yield "equal", [3.0, 1.0, 2.0], [1.0, 2.0, 3.0]
    for n, m, shift, scale in ((5, 4, 0.5, 1), (20, 30, 0, 1), (50, 7, 1, 1), (120, 100, 0.3, 1.5), (400, 90, 0, 0.5), (1500, 1200, 0.05, 1)):
        yield f"normal {n} {m}", rng.normal(size=n).round(6).tolist(), (shift + scale * rng.normal(size=m)).round(6).tolist()
    yield "skewed", rng.lognormal(size=200).round(6).tolist(), rng.lognormal(0.4, 1.2, size=150).round(6).tolist()
    yield "ties", rng.integers(0, 6, size=60).astype(float).tolist(), rng.integers(1, 8, size=45).astype(float).tolist()


def exact_tied_ks(reference, current):
    """Every way to deal the pooled values, counted: the permutation distribution of D."""
    pooled = sorted(reference + current)
    n, m = len(reference), len(current)
    ends = [i + 1 for i in range(n + m) if i + 1 == n + m or pooled[i] != pooled[i + 1]]

    def gap(first):
        taken = numpy.zeros(n + m, dtype=int)
        taken[list(first)] = 1
        cumulative = numpy.cumsum(taken)
        return max(abs(int(cumulative[e - 1]) * m - (e - int(cumulative[e - 1])) * n) for e in ends)

    values = numpy.array(reference)[:, None]
    grid = numpy.array(sorted(set(pooled)))
    f = (values <= grid).mean(axis=0)
    g = (numpy.array(current)[:, None] <= grid).mean(axis=0)
    observed = round(float(numpy.max(numpy.abs(f - g))) * n * m)
    hits = [gap(first) >= observed for first in itertools.combinations(range(n + m), n)]
    return observed / (n * m), sum(hits) / len(hits)


def distances():
    cases = []
    for label, reference, current in samples():
        n, m = len(reference), len(current)
        expected = {"wasserstein": float(stats.wasserstein_distance(reference, current))}
        deviation = float(numpy.std(reference, ddof=1)) if n > 1 else 0.0
        if deviation > 0:
            expected["normalizedWasserstein"] = expected["wasserstein"] / deviation
        tied = len(set(reference + current)) < n + m
        ks = stats.ks_2samp(reference, current, method="auto" if tied else "exact")
        expected["ks"] = float(ks.statistic)
        if not tied:
            expected["ksExact"] = float(ks.pvalue)
        expected["ksAsymptotic"] = float(special.kolmogorov(ks.statistic * math.sqrt(n * m / (n + m))))
        expected["binned"] = []
        if n > 1:
            for bins, rule, zero in (
                (10, "quantile", {"rule": "smooth", "pseudoCount": 0.5}),
                (4, "quantile", {"rule": "floor", "share": 1e-4}),
                (7, "equal-width", {"rule": "smooth", "pseudoCount": 1}),
                (20, "equal-width", {"rule": "floor", "share": 1e-3}),
            ):
                inner = edges_of(reference, bins, rule)
                r, c = counts_of(reference, inner), counts_of(current, inner)
                expected["binned"].append(
                    {
                        "bins": bins,
                        "binRule": rule,
                        "zeroRule": zero,
                        "referenceCounts": r.tolist(),
                        "currentCounts": c.tolist(),
                        "psi": psi_of(r, c, zero),
                        "jensenShannonBase2": float(jensenshannon(r, c, base=2)),
                        "jensenShannonBaseE": float(jensenshannon(r, c, base=math.e)),
                    }
                )
        cases.append({"input": {"label": label, "reference": reference, "current": current}, "expected": expected})
    write(
        "drift-distances",
        ["scipy", "numpy"],
        {"relative": 1e-11, "absolute": 1e-8, "reason": "the root of a tiny Jensen-Shannon divergence doubles its digits lost; sums in another order"},
        cases,
    )


def tied_ks():
    cases = []
    rng = numpy.random.default_rng(7)
    for n, m, levels in ((1, 1, 1), (3, 3, 2), (4, 3, 3), (5, 5, 3), (6, 4, 2), (7, 6, 4), (8, 7, 30)):
        reference = rng.integers(0, levels, size=n).astype(float).tolist()
        current = (rng.integers(0, levels, size=m) + (1 if levels > 3 else 0)).astype(float).tolist()
        statistic, p_value = exact_tied_ks(reference, current)
        cases.append({"input": {"reference": reference, "current": current}, "expected": {"statistic": statistic, "pValue": p_value}})
    write(
        "drift-kolmogorov-smirnov-ties",
        ["numpy"],
        {"absolute": 1e-14, "reason": "every deal of the pooled values is counted; ours is a recursion in doubles"},
        cases,
    )


def chi_square():
    cases = []
    rng = numpy.random.default_rng(11)
    tables = [([60, 40], [40, 60]), ([10, 20, 30], [10, 20, 30]), ([5, 0, 7], [1, 9, 4])]
    for k, n, m in ((2, 50, 20), (3, 500, 90), (6, 1000, 400), (12, 5000, 5000)):
        shares = rng.dirichlet(numpy.full(k, 3.0))
        tables.append((rng.multinomial(n, shares).tolist(), rng.multinomial(m, rng.dirichlet(30 * shares)).tolist()))
    for reference, current in tables:
        result = stats.chi2_contingency([reference, current], correction=False)
        total = sum(reference) + sum(current)
        cases.append(
            {
                "input": {"reference": reference, "current": current},
                "expected": {
                    "statistic": float(result.statistic),
                    "degreesOfFreedom": int(result.dof),
                    "pValue": float(result.pvalue),
                    "cramersV": math.sqrt(result.statistic / total),
                    "smallestExpected": float(result.expected_freq.min()),
                },
            }
        )
    write(
        "drift-chi-square",
        ["scipy", "numpy"],
        {"relative": 1e-11, "absolute": 1e-13, "reason": "sums of a few dozen terms in another order"},
        cases,
    )


def corrections():
    rng = numpy.random.default_rng(5)
    cases = []
    for k in (1, 2, 5, 20):
        p = (rng.uniform(size=k) ** 3).tolist()
        ranked = sorted(range(k), key=lambda i: p[i])
        holm, running = [0.0] * k, 0.0
        for rank, i in enumerate(ranked):
            running = max(running, min(1.0, (k - rank) * p[i]))
            holm[i] = running
        bh = stats.false_discovery_control(p, method="bh").tolist()
        cases.append({"input": p, "expected": {"holm": holm, "benjamini-hochberg": bh}})
    write("drift-p-value-correction", ["scipy", "numpy"], {"absolute": 1e-14, "reason": "one product per value"}, cases)


if __name__ == "__main__":
    distributions()
    distances()
    tied_ks()
    chi_square()
    corrections()
