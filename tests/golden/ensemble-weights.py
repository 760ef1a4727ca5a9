"""Golden vectors for the weights of a linear pool, by SciPy's SLSQP from several starts.

Run: python tests/golden/ensemble-weights.py (scipy 1.17.1, numpy 2.4.6).
"""

import json
import pathlib
from importlib.metadata import version

import numpy
from scipy.optimize import minimize

HERE = pathlib.Path(__file__).parent
rng = numpy.random.default_rng(11)


def solve(loss, members):
    best = None
    for start in [numpy.full(members, 1 / members), *numpy.eye(members) * 0.9 + 0.1 / members]:
        found = minimize(
            loss,
            start / start.sum(),
            method="SLSQP",
            bounds=[(0, 1)] * members,
            constraints=[{"type": "eq", "fun": lambda w: w.sum() - 1}],
            options={"ftol": 1e-15, "maxiter": 1000},
        )
        if best is None or found.fun < best.fun:
            best = found
    return best


cases = []
for members, rows, classes in [(3, 120, 3), (5, 200, 2)]:
    y = rng.integers(0, classes, rows)
    predictions = []
    for m in range(members):
        logits = rng.normal(size=(rows, classes))
        logits[numpy.arange(rows), y] += [1.2, 0.9, -0.5, 0.2, 0.0][m]
        p = numpy.exp(logits)
        predictions.append(p / p.sum(axis=1, keepdims=True))
    chosen = numpy.array([p[numpy.arange(rows), y] for p in predictions])
    found = solve(lambda w: -numpy.log(numpy.maximum(w, 0) @ chosen).mean(), members)
    cases.append(
        {
            "classes": classes,
            "yTrue": y.tolist(),
            "predictions": [p.ravel().tolist() for p in predictions],
            "weights": found.x.tolist(),
            "loss": float(found.fun),
        }
    )
y = rng.normal(size=150)
predictions = [0.6 * y + rng.normal(size=150) * s + b for s, b in [(0.5, 0.0), (0.8, 0.3), (2.0, -1.0), (0.5, -0.4)]]
matrix = numpy.array(predictions)
found = solve(lambda w: ((w @ matrix - y) ** 2).mean(), 4)
cases.append(
    {
        "classes": 0,
        "yTrue": y.tolist(),
        "predictions": matrix.tolist(),
        "weights": found.x.tolist(),
        "loss": float(found.fun),
    }
)
(HERE / "ensemble-weights.json").write_text(
    json.dumps({"source": {p: version(p) for p in ["numpy", "scipy"]}, "cases": cases}) + "\n"
)
