"""Writes forest-trees.json: what scikit-learn's CART says where a tree of the forest tries every feature.

Run with scikit-learn and numpy of the versions in the file's `source`: python tests/golden/forest-trees.py
"""

import json
from pathlib import Path

import numpy
import sklearn
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

CASES = [
    {"name": "entropy of three classes", "seed": 1, "classes": 3, "options": {"criterion": "entropy"}},
    {"name": "gini of four classes", "seed": 2, "classes": 4, "options": {}},
    {"name": "large leaves", "seed": 3, "classes": 2, "options": {"min_samples_leaf": 20}},
    {"name": "least decrease", "seed": 4, "classes": 2, "options": {"min_impurity_decrease": 0.004, "max_depth": 8}},
    {"name": "weighted rows", "seed": 5, "classes": 2, "weighted": True, "options": {}},
    {"name": "weighted rows of three classes by entropy", "seed": 6, "classes": 3, "weighted": True, "options": {"criterion": "entropy"}},
    {"name": "balanced classes", "seed": 7, "classes": 2, "skew": 0.85, "options": {"class_weight": "balanced"}},
    {"name": "regression", "seed": 8, "options": {}},
    {"name": "weighted regression with large leaves", "seed": 9, "weighted": True, "options": {"min_samples_leaf": 7}},
]
ROWS = 240
COLUMNS = 4


def rounded(values):
    # scikit-learn compares features as 32-bit floats; rounding them first keeps both sides on the same numbers.
    return numpy.float32(values).astype(float)


def case(name, seed, options, classes=None, weighted=False, skew=None):
    random = numpy.random.default_rng(seed)
    features = rounded(random.normal(size=(ROWS, COLUMNS)))
    score = features[:, 0] + 0.7 * features[:, 1] * (features[:, 0] > 0) + random.normal(scale=0.6, size=ROWS)
    weights = random.uniform(0.1, 3, size=ROWS) if weighted else None
    if classes is None:
        targets = score
        make = DecisionTreeRegressor
    else:
        cuts = [skew] if skew else numpy.arange(1, classes) / classes
        targets = numpy.digitize(score, numpy.quantile(score, cuts))
        make = DecisionTreeClassifier
    probe = rounded(random.normal(size=(40, COLUMNS)))
    options = {"max_depth": 4, "min_samples_leaf": 4, **options}
    trees = [make(random_state=state, **options).fit(features, targets, sample_weight=weights) for state in range(8)]
    answers = [tree.predict(probe) if classes is None else tree.predict_proba(probe) for tree in trees]
    if not all(numpy.allclose(answers[0], other) for other in answers):
        # Ties between columns are broken by chance there: only data without ties can be compared.
        return case(name, seed + 100, options, classes, weighted, skew)
    return {
        "name": name,
        "input": {
            "features": features.tolist(),
            "targets": targets.tolist(),
            "classes": classes,
            "weights": None if weights is None else weights.tolist(),
            "options": options,
            "probe": probe.tolist(),
        },
        "expected": {
            "answers": answers[0].tolist(),
            "featureImportance": trees[0].feature_importances_.tolist(),
            "nodes": int(trees[0].tree_.node_count),
        },
    }


if __name__ == "__main__":
    golden = {
        "source": {
            "library": "scikit-learn",
            "version": sklearn.__version__,
            "numpy": numpy.__version__,
            "script": "tests/golden/forest-trees.py",
        },
        "tolerance": 1e-12,
        "toleranceReason": "shares, means and impurities are sums of a few hundred terms in another order",
        "cases": [case(**options) for options in CASES],
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
