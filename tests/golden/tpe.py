"""Golden vectors for the TPE sampler. Run: python tests/golden/tpe.py (optuna 5.0.0, mpmath 1.3.0, numpy 2.4.6).

Equal observations are put in order by a stable sort, where numpy leaves it open which of them comes first.
"""

import functools
import json
import pathlib

import mpmath
import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import _split_trials, default_gamma, default_weights
from optuna.trial import TrialState, create_trial

HERE = pathlib.Path(__file__).parent
np.argsort = functools.partial(np.argsort, kind="stable")
optuna.logging.set_verbosity(optuna.logging.ERROR)
rng = np.random.default_rng(20261122)

FLOAT = FloatDistribution(-5, 10)
LOG = FloatDistribution(1e-4, 1e-1, log=True)
STEPPED = FloatDistribution(0.1, 0.7, step=0.1)
INT = IntDistribution(1, 8)
WIDE = IntDistribution(0, 1000, step=5)
INT_LOG = IntDistribution(1, 128, log=True)
CHOICE = CategoricalDistribution(["a", "b", "c"])
SWITCH = CategoricalDistribution([False, True])


def dimension(distribution):
    if isinstance(distribution, CategoricalDistribution):
        if distribution.choices == (False, True):
            return {"type": "boolean"}
        return {"type": "categorical", "choices": list(distribution.choices)}
    kind = "int" if isinstance(distribution, IntDistribution) else "float"
    out = {"type": kind, "low": distribution.low, "high": distribution.high}
    if distribution.log:
        out["log"] = True
    elif distribution.step is not None:
        out["step"] = distribution.step
    return out


def draw(distribution, n):
    if isinstance(distribution, CategoricalDistribution):
        return rng.integers(0, len(distribution.choices), n).astype(float)
    if distribution.log:
        values = np.exp(rng.uniform(np.log(distribution.low), np.log(distribution.high), n))
        return np.round(values) if isinstance(distribution, IntDistribution) else values
    if distribution.step is not None:
        count = int(round((distribution.high - distribution.low) / distribution.step)) + 1
        return np.minimum(distribution.low + rng.integers(0, count, n) * distribution.step, distribution.high)
    # Two clusters: neighbours near and far.
    return np.clip(np.where(rng.random(n) < 0.5, rng.normal(-2, 0.05, n), rng.uniform(-5, 10, n)), -5, 10)


def estimators():
    spaces = [
        {"x": FLOAT},
        {"x": LOG},
        {"x": STEPPED},
        {"x": INT},
        {"x": WIDE},
        {"x": INT_LOG},
        {"x": CHOICE},
        {"x": FLOAT, "y": LOG, "z": FLOAT},
        {"a": FLOAT, "b": LOG, "c": STEPPED, "d": INT, "e": INT_LOG, "f": CHOICE, "g": SWITCH},
    ]
    parameters = _ParzenEstimatorParameters(1.0, True, False, default_weights, True)
    cases = []
    for space in spaces:
        for n in (0, 1, 2, 5, 26, 60, 130) if len(space) == 1 else (1, 24, 25, 130):
            observations = {name: draw(distribution, n) for name, distribution in space.items()}
            points = {name: draw(distribution, 6) for name, distribution in space.items()}
            estimator = _ParzenEstimator(observations, space, parameters)
            mixture = estimator._mixture_distribution
            kernels = {}
            for name, density in zip(space, mixture.distributions):
                if not isinstance(space[name], CategoricalDistribution):
                    kernels[name] = {"means": density.mu.tolist(), "deviations": density.sigma.tolist()}
            cases.append(
                {
                    "input": {
                        "space": {name: dimension(d) for name, d in space.items()},
                        "rows": np.array([observations[name] for name in space]).T.tolist(),
                        "points": np.array([points[name] for name in space]).T.tolist(),
                    },
                    "expected": {
                        "weights": mixture.weights.tolist(),
                        "kernels": kernels,
                        "logDensities": estimator.log_pdf(points).tolist(),
                    },
                }
            )
    return cases


def splits():
    cases = []
    for n in (1, 10, 11, 95, 240, 300):
        study = optuna.create_study()
        trials = []
        given = []
        for number in range(n):
            kind = rng.random()
            state = TrialState.COMPLETE if kind < (0.7 if n != 95 else 0.05) else TrialState.PRUNED
            # Rounded, so that there are ties.
            loss = round(float(rng.normal()), 1)
            steps = {}
            if state == TrialState.PRUNED and kind < 0.95:
                steps = {int(step): round(float(rng.normal()), 1) for step in range(int(rng.integers(1, 5)))}
            trial = create_trial(
                state=state, value=loss if state == TrialState.COMPLETE else None, intermediate_values=steps
            )
            trial.number = number
            trials.append(trial)
            record = {"trialNumber": number, "state": "complete" if state == TrialState.COMPLETE else "pruned"}
            if state == TrialState.COMPLETE:
                record["loss"] = loss
            elif steps:
                record["lastStep"] = max(steps)
                record["loss"] = steps[max(steps)]
            given.append(record)
        below, above = _split_trials(study, trials, default_gamma(n))
        cases.append({"input": given, "expected": {"good": [t.number for t in below], "rest": [t.number for t in above]}})
    return cases


def masses():
    mpmath.mp.dps = 60
    pairs = [(-1, 1), (-3, -1), (0.5, 2), (-100, 0), (0, 100), (-40, -39.5), (-100, -99), (60, 60.5), (-1e-9, 1e-9)]
    pairs += [(a, a + w) for a in (-80.0, -38.0, -36.9, -12.0, -1.0, -0.01, 0.3, 5.0, 37.5) for w in (1e-8, 1e-3, 0.02, 0.2, 1.0)]
    def mass(a, b):
        a, b = mpmath.mpf(a), mpmath.mpf(b)
        if a > 0:
            a, b = -b, -a
        return float(mpmath.log(mpmath.erfc(-b / mpmath.sqrt(2)) / 2 - mpmath.erfc(-a / mpmath.sqrt(2)) / 2))

    def quantile(u, a, b):
        lower = mpmath.erfc(-mpmath.mpf(a) / mpmath.sqrt(2)) / 2
        upper = mpmath.erfc(-mpmath.mpf(b) / mpmath.sqrt(2)) / 2
        p = lower + mpmath.mpf(u) * (upper - lower)
        left, right = mpmath.mpf(a), mpmath.mpf(b)
        for _ in range(200):
            middle = (left + right) / 2
            if mpmath.erfc(-middle / mpmath.sqrt(2)) / 2 < p:
                left = middle
            else:
                right = middle
        return float((left + right) / 2)

    cuts = [(-1, 0), (0, 1), (-0.3, 0.7), (-5, 5), (-100, 0), (0, 100), (-2, 50), (-1e-3, 1)]
    return {
        "masses": [{"input": [a, b], "expected": mass(a, b)} for a, b in pairs],
        "quantiles": [
            {"input": [u, a, b], "expected": quantile(u, a, b)}
            for a, b in cuts
            for u in (1e-12, 0.01, 0.3, 0.5, 0.9, 0.999999)
        ],
    }


body = {
    "source": {
        "library": "optuna",
        "version": optuna.__version__,
        "numpy": np.__version__,
        "mpmath": mpmath.__version__,
        "script": "tests/golden/tpe.py",
    },
    "tolerance": {"value": 1e-9, "reason": "absolute, for logarithms; Optuna's own error function is good to 1e-15 per kernel"},
    "estimators": estimators(),
    "splits": splits(),
    **masses(),
}
(HERE / "tpe.json").write_text(json.dumps(body) + "\n")
