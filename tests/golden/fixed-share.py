"""Weights of the fixed-share rule, computed in plain probabilities, and of specialists that stay silent.

Run: python tests/golden/fixed-share.py (numpy 2.4.6).
"""

import json
import pathlib

import numpy

HERE = pathlib.Path(__file__).parent


def fixed_share(losses, learning_rate, share_rate):
    """Herbster and Warmuth (1998), figure 1, with the loss of whoever is silent (NaN) as Freund et al. (1997) have it."""
    n = losses.shape[1]
    weights = numpy.full(n, 1 / n)
    for row in losses:
        awake = ~numpy.isnan(row)
        if not awake.any():
            continue
        updated = weights.copy()
        mass = weights[awake].sum()
        scaled = weights[awake] * numpy.exp(-learning_rate * row[awake])
        updated[awake] = scaled * mass / scaled.sum()
        pool = share_rate * updated
        weights = updated - pool + (pool.sum() - pool) / (n - 1)
        yield weights


def case(seed, members, outcomes, learning_rate, share_rate, silent):
    rng = numpy.random.default_rng(seed)
    losses = numpy.round(rng.uniform(0, 1, (outcomes, members)), 4)
    losses[rng.random((outcomes, members)) < silent] = numpy.nan
    kept = losses[~numpy.isnan(losses).all(axis=1)]
    weights = list(fixed_share(kept, learning_rate, share_rate))
    return {
        "input": {
            "learningRate": learning_rate,
            "shareRate": share_rate,
            "losses": [[None if numpy.isnan(x) else float(x) for x in row] for row in kept],
        },
        "expected": [[float(w) for w in row] for row in weights],
    }


document = {
    "source": {"library": "numpy", "version": numpy.__version__, "script": "tests/golden/fixed-share.py"},
    "tolerance": "1e-12 relative: the same product in another order, kept as logarithms",
    "cases": [
        case(1, 2, 20, 0.5, 0.1, 0.0),
        case(2, 4, 40, 2.0, 0.01, 0.0),
        case(3, 3, 40, 0.5, 0.0, 0.0),
        case(4, 5, 60, 1.0, 0.05, 0.3),
    ],
}
(HERE / "fixed-share.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")
