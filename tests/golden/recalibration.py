"""Golden vectors for recalibration: Platt, isotonic, temperature, beta, and all classes at once.

Run: python tests/golden/recalibration.py
Needs: scikit-learn 1.9.1, betacal 1.1.0, scipy 1.17.1, numpy 2.4.6 (Python 3.11).

Each case has the parameters or probabilities of an exact optimisation by SciPy (`exact`) and, where a library fits the
same model, what that library says (`library`), which stops its optimiser earlier.
"""

import json
import pathlib
from importlib.metadata import version

import numpy
from betacal import BetaCalibration
from scipy.optimize import brentq, minimize
from scipy.special import expit, logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV, _SigmoidCalibration, _TemperatureScaling
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression

SCRIPT = "tests/golden/recalibration.py"
HERE = pathlib.Path(__file__).parent
LIBRARIES = ["scikit-learn", "betacal", "scipy", "numpy"]
ASK = [0.0, 0.001, 0.1, 0.25, 0.4, 0.5, 0.55, 0.7, 0.9, 0.999, 1.0]


def samples():
    rng = numpy.random.default_rng(20250301)
    for n in (60, 250, 600):
        truth = rng.uniform(0.02, 0.98, n)
        yield "overconfident", expit(2.2 * numpy.log(truth / (1 - truth))), rng.uniform(size=n) < truth
        yield "underconfident", expit(0.5 * numpy.log(truth / (1 - truth))), rng.uniform(size=n) < truth
        skewed = rng.beta(4, 1.5, n)
        yield "skewed", skewed, rng.uniform(size=n) < skewed**2
        near = rng.uniform(0.5, 0.62, n)
        yield "confidences near one half", near, rng.uniform(size=n) < 0.2 + 0.6 * near
        rounded = numpy.round(rng.uniform(0.02, 0.98, n), 1)
        yield "ties", rounded, rng.uniform(size=n) < 0.15 + 0.7 * rounded
        ends = rng.choice([0.0, 0.2, 0.5, 0.8, 1.0], n)
        yield "exactly 0 and 1", ends, rng.uniform(size=n) < 0.2 + 0.6 * ends
        wrong = rng.uniform(0.05, 0.95, n)
        yield "wrong way round", wrong, rng.uniform(size=n) < 0.8 - 0.6 * wrong


def platt(p, y):
    positives, negatives = y.sum(), (~y).sum()
    target = numpy.where(y, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = numpy.c_[p, numpy.ones_like(p)]

    def loss(w):
        z = design @ w
        return numpy.mean(numpy.logaddexp(0, z) - target * z)

    gradient = lambda w: design.T @ (expit(design @ w) - target) / len(p)
    hessian = lambda w: (design.T * (expit(design @ w) * expit(-(design @ w)))) @ design / len(p)
    best = minimize(loss, [0.0, 0.0], jac=gradient, hess=hessian, method="trust-exact", options={"gtol": 1e-12})
    sklearn = _SigmoidCalibration().fit(p, y.astype(float))
    return {
        "exact": {"slope": best.x[0], "intercept": best.x[1]},
        "library": {"slope": -float(sklearn.a_), "intercept": -float(sklearn.b_)},
    }


def isotonic(p, y):
    model = IsotonicRegression(out_of_bounds="clip").fit(p, y.astype(float))
    return {"exact": {"ask": ASK, "probabilities": model.predict(ASK).tolist()}}


def temperature(p, y):
    z = numpy.log(numpy.clip(p, 2.0**-52, 1 - 2.0**-52)) - numpy.log1p(-numpy.clip(p, 2.0**-52, 1 - 2.0**-52))
    slope = lambda beta: numpy.mean((expit(beta * z) - y) * z)
    exact = 0.0 if slope(0) >= 0 else brentq(slope, 0, 100, xtol=1e-15, rtol=1e-15)
    result = {"exact": {"inverseTemperature": exact}}
    if exact > 0.01 and p.min() > 0 and p.max() < 1:
        fitted = _TemperatureScaling().fit(numpy.c_[1 - p, p], y.astype(float))
        result["library"] = {"inverseTemperature": float(fitted.beta_)}
    return result


def beta(p, y):
    clipped = numpy.clip(p, 2.0**-52, 1 - 2.0**-52)
    design = numpy.c_[numpy.log(clipped), -numpy.log1p(-clipped)]
    scale = design.std(axis=0)
    scaled = numpy.c_[(design - design.mean(axis=0)) / scale, numpy.ones_like(p)]

    def loss(w):
        z = scaled @ w
        return numpy.mean(numpy.logaddexp(0, z) - y * z)

    best = minimize(
        loss,
        [1.0, 1.0, 0.0],
        jac=lambda w: scaled.T @ (expit(scaled @ w) - y) / len(p),
        method="L-BFGS-B",
        bounds=[(0, None), (0, None), (None, None)],
        options={"ftol": 0, "gtol": 1e-13, "maxiter": 100000, "maxfun": 1000000, "maxcor": 30},
    )
    a, b = best.x[:2] / scale
    c = best.x[2] - design.mean(axis=0) @ [a, b]
    ask = numpy.clip(ASK, 2.0**-52, 1 - 2.0**-52)
    answer = expit(a * numpy.log(ask) - b * numpy.log1p(-ask) + c)
    result = {"exact": {"loss": float(best.fun), "a": a, "b": b, "ask": ASK, "probabilities": answer.tolist()}}
    betacal = BetaCalibration().fit(p.reshape(-1, 1), y.astype(int))
    if min(betacal.calibrator_.map_[:2]) >= 0:
        said = betacal.predict(p)
        reached = -numpy.mean(numpy.where(y, numpy.log(said), numpy.log1p(-said)))
        result["library"] = {
            "loss": float(reached),
            "ask": ASK,
            "probabilities": betacal.predict(numpy.array(ASK)).tolist(),
        }
    return result


class GivenProbabilities(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose features are its probabilities."""

    def __init__(self, classes):
        self.classes = classes
        self.classes_ = numpy.array(classes)
        self.n_features_in_ = len(classes)

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        return numpy.asarray(X)

    def predict(self, X):
        return self.classes_[numpy.argmax(X, axis=1)]

    def __sklearn_is_fitted__(self):
        return True


def classes_cases():
    rng = numpy.random.default_rng(20250302)
    for names in (["down", "up"], ["down", "flat", "up"]):
        for n in (150, 400):
            truth = rng.dirichlet(numpy.ones(len(names)) * 1.5, n)
            said = truth**1.8
            said = numpy.round(said / said.sum(axis=1, keepdims=True), 6)
            said[:, 0] = 1 - said[:, 1:].sum(axis=1)
            observed = numpy.array([rng.choice(names, p=row) for row in truth])
            ask = rng.dirichlet(numpy.ones(len(names)), 12)
            for method, ours in (("sigmoid", "platt"), ("isotonic", "isotonic"), ("temperature", "temperature")):
                model = CalibratedClassifierCV(FrozenEstimator(GivenProbabilities(names)), method=method)
                model.fit(said, observed)
                yield {
                    "method": ours,
                    "input": {"classes": names, "observed": observed.tolist(), "probabilities": said.tolist()},
                    "expected": {"ask": ask.tolist(), "probabilities": model.predict_proba(ask).tolist()},
                }


def write(name, tolerance, cases):
    head = {"source": {"libraries": {l: version(l) for l in LIBRARIES}, "script": SCRIPT}, "tolerance": tolerance}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    rows = ",\n  ".join(json.dumps(case, allow_nan=False) for case in cases)
    lines.append(f' "cases": [\n  {rows}\n ]')
    (HERE / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


cases = []
for name, p, y in samples():
    p = numpy.round(p, 6)
    y = numpy.asarray(y, dtype=bool)
    cases.append(
        {
            "name": f"{name}, {len(p)} rows",
            "input": {"scores": p.tolist(), "observed": y.astype(int).tolist()},
            "expected": {
                "platt": platt(p, y),
                "isotonic": isotonic(p, y),
                "temperature": temperature(p, y),
                "beta": beta(p, y),
            },
        }
    )
write(
    "recalibration",
    {
        "absolute": 1e-6,
        "library": 2e-3,
        "reason": "parameters of SciPy's optimum; scikit-learn's L-BFGS and the solver inside betacal stop at a coarser "
        "gradient, so libraries agree in probability only",
    },
    cases,
)
write(
    "class-recalibration",
    {
        "absolute": 1e-5,
        "reason": "scikit-learn stops its L-BFGS early (platt), and adds 1e-12 before taking logarithms (temperature)",
    },
    list(classes_cases()),
)
