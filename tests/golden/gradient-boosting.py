"""Predictions of LightGBM on small data, for tests/golden/gradient-boosting.json.

Every feature has few distinct values, so that both sides see the same bins; nothing is drawn. Predictions are for the
training rows: between two values that a leaf holds, thresholds may differ.

LightGBM no longer tries a feature below a node where no split of it gained enough (`is_splittable`); we do. With
penalties, constraints or a least gain that shows after some rounds, so those cases have few, on data where every
feature matters by itself. Of 140 such trees of one round, 137 were equal.

    python tests/golden/gradient-boosting.py > tests/golden/gradient-boosting.json
"""

import json
from importlib.metadata import version

import lightgbm as lgb
import numpy as np

ROWS = 240
BASE = {
    "learning_rate": 0.2,
    "num_leaves": 6,
    "min_data_in_leaf": 1,
    "min_data_in_bin": 1,
    "min_sum_hessian_in_leaf": 1e-3,
    "feature_pre_filter": False,
    "max_bin": 255,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
}
ROUNDS = 12


def features(rng, missing):
    x = np.column_stack(
        [
            rng.integers(0, 25, ROWS) / 8,
            rng.integers(-6, 7, ROWS) * 0.5,
            rng.integers(0, 2, ROWS).astype(float),
            rng.integers(0, 40, ROWS) * 1.25,
        ]
    )
    if missing:
        x[rng.random(ROWS) < 0.2, 0] = np.nan
        x[rng.random(ROWS) < 0.1, 3] = np.nan
    return x


def signal(x):
    filled = np.nan_to_num(x, nan=2.5)
    return filled[:, 0] - 2 + 0.6 * filled[:, 1] * (0.5 + filled[:, 2]) + 1.5 * filled[:, 2] + 0.06 * filled[:, 3]


def case(name, objective, seed, extra=None, missing=False, weights=False, classes=2, rounds=ROUNDS, importance=False):
    rng = np.random.default_rng(seed)
    x = features(rng, missing)
    noisy = signal(x) + 1.2 * rng.standard_normal(ROWS)
    if objective == "binary":
        y = (noisy > 1).astype(int)
    elif objective == "multiclass":
        y = np.digitize(noisy, np.quantile(noisy, np.linspace(0, 1, classes + 1)[1:-1]))
    else:
        y = np.round(noisy, 3)
    w = np.round(0.25 + rng.random(ROWS), 3) if weights else None
    params = {**BASE, **(extra or {}), "objective": objective}
    if objective == "multiclass":
        params["num_class"] = classes
    data = lgb.Dataset(x, y, weight=w, params=params, free_raw_data=False)
    model = lgb.train(params, data, rounds)
    gain = model.feature_importance("gain")
    return {
        "name": name,
        "input": {
            "features": [[None if np.isnan(v) else float(v) for v in row] for row in x],
            "targets": [float(v) for v in y],
            "weights": None if w is None else [float(v) for v in w],
            "classes": 0 if objective == "regression" else classes,
            "rounds": rounds,
            "extra": extra or {},
        },
        "expected": {
            "prediction": np.asarray(model.predict(x)).tolist(),
            # A lone row can often be split off by several features with one gain; then either choice is right.
            "importance": (gain / gain.sum()).tolist() if importance else None,
        },
    }


cases = [
    case("two classes", "binary", 1, importance=True),
    case("two classes, missing values", "binary", 3, missing=True, importance=True),
    case("two classes, weights", "binary", 4, weights=True, rounds=5),
    case("two classes, L1 and L2", "binary", 2, {"lambda_l1": 0.7, "lambda_l2": 1.3}, rounds=4),
    case("two classes, shallow, a least gain", "binary", 5, {"max_depth": 2, "min_gain_to_split": 1.5}, rounds=4),
    case("two classes, monotone", "binary", 6, {"monotone_constraints": [1, 1, 0, 1]}, rounds=4),
    case("three classes", "multiclass", 7, classes=3),
    case("three classes, missing values, weights, L2", "multiclass", 8, {"lambda_l2": 2.0}, True, True, 3, 4),
    case("regression", "regression", 9, importance=True),
    case("regression, missing values, weights, L1", "regression", 10, {"lambda_l1": 1.0}, True, True, rounds=4),
    case("regression, large leaves", "regression", 11, {"min_data_in_leaf": 15, "num_leaves": 31}, importance=True),
    case("regression, monotone", "regression", 12, {"monotone_constraints": [1, 1, 1, 0], "lambda_l2": 0.5}, rounds=3),
    case("regression, against the data", "regression", 13, {"monotone_constraints": [1, -1, 0, 0]}, rounds=3),
]
print(
    json.dumps(
        {
            "source": {
                "library": f"lightgbm {version('lightgbm')}, numpy {version('numpy')}",
                "script": "tests/golden/gradient-boosting.py",
                "parameters": BASE,
            },
            "tolerance": {
                "prediction": 2e-6,
                "importance": 1e-5,
                "reason": "LightGBM keeps gradients, targets and weights in 32 bits: 6e-8 each, over 12 rounds",
            },
            "cases": cases,
        },
        separators=(",", ":"),
        allow_nan=False,
    )
)
