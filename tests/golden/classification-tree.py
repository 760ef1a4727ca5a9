"""Writes classification-tree.json: what scikit-learn's CART says of data where ml-cart must find the same splits.

Run with scikit-learn and numpy of the versions in the file's `source`: python tests/golden/classification-tree.py
"""

import json
from pathlib import Path

import numpy
import sklearn
from sklearn.tree import DecisionTreeClassifier

CASES = [
    {"seed": 1, "rows": 240, "columns": 3, "classes": 2, "maxDepth": 3, "minSamplesSplit": 20},
    {"seed": 2, "rows": 200, "columns": 4, "classes": 3, "maxDepth": 4, "minSamplesSplit": 30},
    {"seed": 3, "rows": 150, "columns": 2, "classes": 2, "maxDepth": 2, "minSamplesSplit": 2},
]


def case(seed, rows, columns, classes, maxDepth, minSamplesSplit):
    random = numpy.random.default_rng(seed)
    features = random.normal(size=(rows, columns))
    score = features[:, 0] + 0.7 * features[:, 1] * (features[:, 0] > 0) + random.normal(scale=0.6, size=rows)
    targets = numpy.digitize(score, numpy.quantile(score, numpy.arange(1, classes) / classes))
    probe = random.normal(size=(40, columns))
    tree = DecisionTreeClassifier(max_depth=maxDepth, min_samples_split=minSamplesSplit, random_state=0)
    tree.fit(features, targets)
    return {
        "input": {
            "features": features.tolist(),
            "targets": targets.tolist(),
            "classes": classes,
            "maxDepth": maxDepth,
            "minSamplesSplit": minSamplesSplit,
            "probe": probe.tolist(),
        },
        "expected": {
            "probabilities": tree.predict_proba(probe).tolist(),
            "featureImportance": tree.feature_importances_.tolist(),
        },
    }


# scikit-learn compares features as 32-bit floats; rounding them first keeps both sides on the same numbers.
def to_float32(record):
    for name in ("features", "probe"):
        record["input"][name] = numpy.float32(record["input"][name]).astype(float).tolist()
    return record


if __name__ == "__main__":
    golden = {
        "source": {
            "library": "scikit-learn",
            "version": sklearn.__version__,
            "numpy": numpy.__version__,
            "script": "tests/golden/classification-tree.py",
        },
        "tolerance": 1e-12,
        "toleranceReason": "shares and impurities are sums of a few hundred terms in another order",
        "cases": [to_float32(case(**parameters)) for parameters in CASES],
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
