"""Golden vectors for logistic regression. Run: python tests/golden/logistic-regression.py (scikit-learn 1.9.1)."""

import json
import pathlib

import numpy
import sklearn
from sklearn.linear_model import LogisticRegression

random = numpy.random.default_rng(11)


def case(name, rows, columns, classes, l2, class_weight=None, weighted=False, spread=1.0):
    features = random.normal(0, 1, (rows, columns)) * spread + numpy.linspace(-2, 2, columns) * spread
    scores = (features / spread) @ random.normal(0, 1, (columns, classes)) + random.gumbel(0, 1, (rows, classes))
    targets = scores.argmax(axis=1)
    weights = random.integers(1, 9, rows) / 4 if weighted else None
    weight_by_class = {int(k): v for k, v in class_weight.items()} if isinstance(class_weight, dict) else class_weight
    model = LogisticRegression(
        C=1 / l2, class_weight=weight_by_class, solver="newton-cg" if classes > 2 else "newton-cholesky", tol=1e-14, max_iter=10_000
    )
    model.fit(features, targets, sample_weight=weights)
    assert model.classes_.tolist() == list(range(classes))
    return {
        "input": {
            "name": name,
            "features": features.tolist(),
            "targets": targets.tolist(),
            "classes": [f"c{k}" for k in range(classes)],
            "l2": l2,
            **({} if class_weight is None else {"classWeights": class_weight if isinstance(class_weight, str) else {f"c{k}": v for k, v in class_weight.items()}}),
            **({} if weights is None else {"weights": weights.tolist()}),
        },
        "expected": {
            "coefficients": model.coef_.tolist(),
            "intercepts": model.intercept_.tolist(),
            "probabilities": model.predict_proba(features[:5]).tolist(),
        },
    }


def main():
    cases = [
        case("two classes", 120, 4, 2, 1.0),
        case("two classes, little penalty", 80, 3, 2, 1e-3),
        case("two classes, features as small as returns", 150, 5, 2, 1e-6, spread=1e-3),
        case("two classes, balanced and weighted", 90, 4, 2, 0.5, "balanced", True),
        case("two classes, weights by class", 90, 4, 2, 0.5, {"0": 3.0, "1": 0.25}),
        case("three classes", 150, 4, 3, 1.0),
        case("four classes, balanced", 160, 3, 4, 0.1, "balanced"),
    ]
    body = {
        "source": {
            "library": "scikit-learn",
            "version": sklearn.__version__,
            "numpy": numpy.__version__,
            "script": "tests/golden/logistic-regression.py",
        },
        "tolerance": {"relative": 1e-6, "absolute": 1e-6, "reason": "the library stops at a gradient of about 1e-9"},
        "cases": cases,
    }
    (pathlib.Path(__file__).parent / "logistic-regression.json").write_text(json.dumps(body) + "\n")


main()
