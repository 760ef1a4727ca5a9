"""Golden vectors for PED-ANOVA. Run: python tests/golden/parameter-importance.py (optuna 5.0.0, numpy 2.4.6)."""

import json
import pathlib
import warnings

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.trial import create_trial

HERE = pathlib.Path(__file__).parent
warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
rng = np.random.default_rng(20261122)

SPACE = {
    "float": FloatDistribution(-5, 10),
    "rate": FloatDistribution(1e-4, 1e-1, log=True),
    "stepped": FloatDistribution(0.1, 0.7, step=0.1),
    "whole": IntDistribution(1, 8),
    "wide": IntDistribution(0, 1000, step=5),
    "units": IntDistribution(1, 128, log=True),
    "choice": CategoricalDistribution(["a", "b", "c"]),
    "switch": CategoricalDistribution([False, True]),
    "single": IntDistribution(3, 3),
}
CONDITIONAL = {
    "booster": CategoricalDistribution(["tree", "linear"]),
    "depth": IntDistribution(1, 9),
    "shrinkage": FloatDistribution(0, 1),
    "rate": FloatDistribution(1e-4, 1e-1, log=True),
}
CONDITIONS = {"depth": "tree", "shrinkage": "linear"}


def dimension(name, distribution):
    condition = {"when": {"parameter": "booster", "in": [CONDITIONS[name]]}} if name in CONDITIONS else {}
    if isinstance(distribution, CategoricalDistribution):
        if distribution.choices == (False, True):
            return {"type": "boolean", **condition}
        return {"type": "categorical", "choices": list(distribution.choices), **condition}
    kind = "int" if isinstance(distribution, IntDistribution) else "float"
    out = {"type": kind, "low": distribution.low, "high": distribution.high, **condition}
    if distribution.log:
        out["log"] = True
    elif distribution.step is not None and not (kind == "int" and distribution.step == 1):
        out["step"] = distribution.step
    return out


def draw(distribution, focus):
    """Uniform, or near 0.3 of the range: as a sampler that learns."""
    u = np.clip(rng.normal(0.3, 0.08), 0, 0.999999) if rng.random() < focus else rng.random()
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[int(u * len(distribution.choices))]
    low, high = distribution.low, distribution.high
    if distribution.log:
        value = float(np.exp(np.log(low) + u * (np.log(high) - np.log(low))))
        return int(round(value)) if isinstance(distribution, IntDistribution) else value
    if distribution.step is not None:
        count = int(round((high - low) / distribution.step)) + 1
        value = low + int(u * count) * distribution.step
        return int(value) if isinstance(distribution, IntDistribution) else min(float(value), high)
    return float(low + u * (high - low))


def score(params):
    value = 0.0
    if "float" in params:
        value += (params["float"] - 1) ** 2 / 20 + abs(np.log10(params["rate"]) + 2) + 0.4 * (params["choice"] != "b")
        value += 0.1 * abs(params["whole"] - 3) + params["wide"] / 3000 + 0.2 * np.log2(params["units"]) / 7
    else:
        value += abs(np.log10(params["rate"]) + 2)
        value += 0.3 * abs(params["depth"] - 4) / 4 if params["booster"] == "tree" else 0.4 + params["shrinkage"] / 2
    return float(value + 0.05 * rng.normal())


def case(name, space, n, focus=0.0, direction="minimize", rounded=None, least=None, **options):
    study = optuna.create_study(direction=direction)
    trials = []
    for _ in range(n):
        params = {}
        for parameter, distribution in space.items():
            if parameter in CONDITIONS and params["booster"] != CONDITIONS[parameter]:
                continue
            params[parameter] = draw(distribution, focus)
        value = score(params)
        if rounded is not None:
            value = round(value, rounded)
        value = value if direction == "minimize" else -value
        study.add_trial(create_trial(params=params, distributions={k: space[k] for k in params}, value=value))
        trials.append({"hyperparameters": params, "score": value})
    evaluator = PedAnovaImportanceEvaluator(
        target_quantile=options.get("targetQuantile", 0.1),
        region_quantile=options.get("regionQuantile", 1.0),
        evaluate_on_local=options.get("against", "tried") == "tried",
    )
    return {
        "name": name,
        "space": {k: dimension(k, v) for k, v in space.items()},
        "trials": trials,
        "options": {"direction": direction, **options},
        "expected": evaluator.evaluate(study),
    }


CASES = [
    case("every kind of parameter, random points", SPACE, 120),
    case("points that crowd, as a sampler that learns leaves them", SPACE, 120, focus=0.7),
    case("maximised", SPACE, 60, direction="maximize"),
    case("equal scores at the border of the best", SPACE, 80, rounded=0),
    case("two trials", SPACE, 2),
    case("a region and a wider target", SPACE, 100, targetQuantile=0.2, regionQuantile=0.6),
    case("against the whole space", SPACE, 100, focus=0.5, against="space"),
    case("conditional parameters", CONDITIONAL, 150),
    case("conditional parameters of a few trials", CONDITIONAL, 12),
]

(HERE / "parameter-importance.json").write_text(
    json.dumps(
        {
            "source": {
                "library": f"optuna {optuna.__version__}, numpy {np.__version__}",
                "script": "tests/golden/parameter-importance.py",
            },
            "tolerance": {"relative": 1e-9, "reason": "both take normal masses from approximations good to 1e-10"},
            "cases": CASES,
        },
        separators=(",", ":"),
    )
    + "\n"
)
