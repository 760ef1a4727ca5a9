"""Golden vectors for the Gaussian process sampler. Run: python tests/golden/gaussian-process.py
(scikit-learn 1.9.1, scipy, mpmath, numpy; versions are written to the file).

Categories are one column per choice for scikit-learn, each 1/√2 apart: two choices are then at distance 1, as Hamming's.
"""

import json
import pathlib
from importlib.metadata import version

import mpmath
import numpy as np
from scipy.optimize import minimize, rosen, rosen_der
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(20261122)
mpmath.mp.dps = 60


def expanded(rows, choices):
    """Columns for scikit-learn and, per column, the coordinate it belongs to."""
    columns, owner = [], []
    for a, count in enumerate(choices):
        if count == 0:
            columns.append(rows[:, a])
            owner.append(a)
        for k in range(count):
            columns.append((rows[:, a] == k) / np.sqrt(2))
            owner.append(a)
    return np.stack(columns, axis=1), np.array(owner)


def process(n, choices, lengths, variance, noise, weighted):
    d = len(choices)
    draw = lambda count: np.stack(
        [rng.random(count) if c == 0 else rng.integers(0, c, count).astype(float) for c in choices], axis=1
    )
    rows, at = draw(n), draw(5)
    values = rng.standard_normal(n)
    added = 1 / rng.uniform(0.2, 1, n) - 1 if weighted else np.zeros(n)
    inner, owner = expanded(rows, choices)
    kernel = ConstantKernel(variance) * Matern(length_scale=np.array(lengths)[owner], nu=2.5)
    gp = GaussianProcessRegressor(kernel, alpha=noise + variance * added, optimizer=None).fit(inner, values)
    value, by_theta = gp.log_marginal_likelihood(gp.kernel_.theta, eval_gradient=True)
    mean, deviation = gp.predict(expanded(at, choices)[0], return_std=True)
    # theta is ln s, then ln ℓ per column; ours is ln 1/ℓ² per coordinate, then ln s.
    by_lengths = np.zeros(d)
    for column, a in enumerate(owner):
        by_lengths[a] += by_theta[1 + column] / -2
    covariance = kernel(inner) + np.diag(noise + variance * added)
    inverse = np.linalg.inv(covariance)
    solved = inverse @ values
    by_noise = 0.5 * float(np.sum(solved**2 - np.diag(inverse)))
    # To scikit-learn what is on the diagonal does not depend on the variance.
    by_variance = float(by_theta[0]) + 0.5 * variance * float(np.sum((solved**2 - np.diag(inverse)) * added))
    return {
        "input": {
            "choices": choices,
            "rows": rows.tolist(),
            "values": values.tolist(),
            "addedNoise": added.tolist(),
            "lengthScales": lengths,
            "variance": variance,
            "noise": noise,
            "at": at.tolist(),
        },
        "expected": {
            "logLikelihood": float(value),
            "gradient": [*by_lengths.tolist(), by_variance, by_noise],
            "means": mean.tolist(),
            "variances": (deviation**2).tolist(),
        },
    }


def improvement(z):
    z = mpmath.mpf(z)
    density = mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi)
    mass = mpmath.erfc(-z / mpmath.sqrt(2)) / 2
    # Two numbers that nearly cancel: of the 60 digits at least 50 are left.
    h = density + z * mass
    return {"z": float(z), "log": float(mpmath.log(h)), "slope": float(mass / h), "density": float(density / h)}


def improvements():
    cases = []
    for z in [-1000, -300, -100, -50, -25, -24.01, -23.99, -20, -10, -5, -2, -1.001, -0.999, -0.5, 0, 0.3, 1, 3, 8, 40]:
        cases.append(improvement(z))
    return cases


def minima():
    cases = []
    for start, low, high in [
        ([-1.2, 1.0], [-5, -5], [5, 5]),
        ([-1.2, 1.0, 0.5, -0.3], [-2] * 4, [2] * 4),
        ([2.5, 2.0], [1.5, -5], [5, 5]),
        ([0.4, 0.2, 0.0], [-1, -1, -1], [0.5, 0.5, 0.5]),
        ([-1.0, -1.0], [-2, -2], [0.8, 0.3]),
    ]:
        options = {"ftol": 0, "gtol": 1e-9}
        found = minimize(rosen, start, jac=rosen_der, method="L-BFGS-B", bounds=list(zip(low, high)), options=options)
        expected = {"point": found.x.tolist(), "value": float(found.fun)}
        cases.append({"input": {"start": start, "low": low, "high": high}, "expected": expected})
    return cases


out = {
    "source": {
        "script": "tests/golden/gaussian-process.py",
        **{name: version(name) for name in ("scikit-learn", "scipy", "mpmath", "numpy")},
    },
    "tolerance": {
        "value": 1e-8,
        "reason": "condition numbers up to 1e6 of matrices that both sides factorize in double precision",
    },
    "processes": [
        process(1, [0], [0.3], 1.0, 1e-3, False),
        process(6, [0, 0], [0.2, 1.5], 0.7, 1e-2, False),
        process(25, [0, 3, 0], [0.5, 0.9, 0.1], 2.0, 1e-4, False),
        process(40, [2, 0, 0, 5], [2.0, 0.4, 3.0, 0.8], 1.3, 1e-3, True),
        process(60, [0] * 6, [0.3, 0.4, 0.5, 1.0, 2.0, 8.0], 1.0, 1e-2, True),
    ],
    "improvements": improvements(),
    "minima": minima(),
}
(HERE / "gaussian-process.json").write_text(json.dumps(out, indent=1) + "\n")
