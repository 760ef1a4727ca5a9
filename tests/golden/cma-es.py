"""Golden vectors for CMA-ES. Run: python tests/golden/cma-es.py (cmaes 0.13.1, numpy; versions are written to the file).

The samples are drawn here and told to both sides: what is compared is what becomes of the distribution.
"""

import json
import pathlib
from importlib.metadata import version

import numpy as np
from cmaes import CMA, CMAwM, get_warm_start_mgd

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(20261122)


def rosenbrock(x):
    return float(sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x[:-1], x[1:]))) + float(x[0] ** 2)


def continuous(d, population, generations, sigma):
    mean = rng.random(d)
    optimizer = CMA(mean=mean.copy(), sigma=sigma, population_size=population, seed=1)
    told, states = [], []
    for _ in range(generations):
        solutions = [(x := optimizer.ask(), rosenbrock(x)) for _ in range(optimizer.population_size)]
        told.append([x.tolist() for x, _ in sorted(solutions, key=lambda s: s[1])])
        optimizer.tell(solutions)
        states.append(
            {
                "mean": optimizer._mean.tolist(),
                "stepSize": float(optimizer._sigma),
                "covariance": optimizer._C.ravel().tolist(),
                "stepPath": optimizer._p_sigma.tolist(),
                "path": optimizer._pc.tolist(),
            }
        )
    return {
        "input": {"mean": mean.tolist(), "stepSize": sigma, "population": optimizer.population_size, "ranked": told},
        "expected": states,
    }


def with_margin(counts, generations, sigma, margin=None):
    """Coordinates 0, 1 … count − 1 in steps of 1; a count of 0 is continuous in [0, 1]."""
    d = len(counts)
    bounds = np.array([[0, 1] if c == 0 else [0, c - 1] for c in counts], dtype=float)
    steps = np.array([0.0 if c == 0 else 1.0 for c in counts])
    mean = bounds.mean(axis=1)
    optimizer = CMAwM(mean=mean.copy(), sigma=sigma, bounds=bounds, steps=steps, seed=2, margin=margin)
    told, states = [], []
    for _ in range(generations):
        solutions, order = [], []
        for _ in range(optimizer.population_size):
            encoded, raw = optimizer.ask()
            value = float(np.sum((encoded - bounds[:, 0] - 0.3) ** 2 * (1 + np.arange(d))))
            solutions.append((raw, value))
            order.append(raw)
        solutions.sort(key=lambda s: s[1])
        told.append([x.tolist() for x, _ in solutions])
        optimizer.tell(solutions)
        states.append(
            {
                "mean": optimizer._cma._mean.tolist(),
                "stepSize": float(optimizer._cma._sigma),
                "covariance": optimizer._cma._C.ravel().tolist(),
                "scales": optimizer._A.tolist(),
            }
        )
    return {
        "input": {
            "mean": mean.tolist(),
            "stepSize": sigma,
            "counts": counts,
            "margin": float(optimizer.margin),
            "population": optimizer.population_size,
            "ranked": told,
        },
        "expected": states,
    }


def warm_start(n, d):
    solutions = [(rng.random(d), float(value)) for value in rng.standard_normal(n)]
    mean, sigma, covariance = get_warm_start_mgd(solutions)
    ranked = [x.tolist() for x, _ in sorted(solutions, key=lambda s: s[1])]
    return {
        "input": {"ranked": ranked},
        "expected": {"mean": mean.tolist(), "stepSize": float(sigma), "covariance": covariance.ravel().tolist()},
    }


out = {
    "source": {"script": "tests/golden/cma-es.py", **{name: version(name) for name in ("cmaes", "numpy")}},
    "tolerance": {
        "value": 1e-9,
        "reason": "some ten generations of rounding, and square roots of matrices by another algorithm",
    },
    "continuous": [continuous(1, 4, 6, 0.3), continuous(2, None, 12, 0.2), continuous(6, None, 12, 0.1667), continuous(4, 20, 6, 1.0)],
    "withMargin": [with_margin([0, 5, 0], 15, 0.5), with_margin([2, 2, 9, 0], 15, 1.0), with_margin([30, 3], 20, 2.0)],
    "warmStart": [warm_start(10, 2), warm_start(64, 3), warm_start(250, 5)],
}
(HERE / "cma-es.json").write_text(json.dumps(out) + "\n")
