"""Golden vectors for Shapley values of trees: forests and a tree of scikit-learn, explained by shap (path-dependent).

Run: python tests/golden/tree-shap.py (shap 0.51.0, scikit-learn 1.9.1, numpy 2.4.6).
"""

import json
import pathlib
from importlib.metadata import version

import numpy
import shap
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

HERE = pathlib.Path(__file__).parent
rng = numpy.random.default_rng(7)


def tree_of(tree, normalised):
    values = tree.value[:, 0, :]
    if normalised:
        values = values / values.sum(axis=1, keepdims=True)
    leaf = tree.children_left < 0
    return {
        "feature": numpy.where(leaf, -1, tree.feature).tolist(),
        "threshold": numpy.where(leaf, 0, tree.threshold).tolist(),
        "left": tree.children_left.tolist(),
        "right": tree.children_right.tolist(),
        "values": values.ravel().tolist(),
        "cover": tree.weighted_n_node_samples.tolist(),
    }


def case(model, x, y, probe, classes):
    model.fit(x, y)
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    explained = numpy.asarray(explainer.shap_values(probe, check_additivity=False))
    if explained.ndim == 2:
        explained = explained[:, :, None]
    return {
        "classes": classes,
        "trees": [tree_of(e.tree_, bool(classes)) for e in model.estimators_],
        "probe": probe.tolist(),
        "values": explained.ravel().tolist(),
        "expected": numpy.atleast_1d(explainer.expected_value).tolist(),
    }


x = numpy.float32(rng.normal(size=(200, 4)))
score = x[:, 0] + x[:, 1] * (x[:, 0] > 0) - 0.5 * x[:, 2] ** 2
probe = numpy.float32(rng.normal(size=(6, 4)))
cases = [
    case(RandomForestRegressor(5, max_depth=6, random_state=1), x, score, probe, 0),
    case(RandomForestClassifier(4, max_depth=5, random_state=2), x, numpy.digitize(score, [-0.5, 0.5]), probe, 3),
]
for c in cases:
    c["probe"] = [[float(v) for v in row] for row in c["probe"]]
packages = ["numpy", "scikit-learn", "shap"]
(HERE / "tree-shap.json").write_text(json.dumps({"source": {p: version(p) for p in packages}, "cases": cases}) + "\n")
