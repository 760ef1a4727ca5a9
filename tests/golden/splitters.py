"""Golden vectors for k-fold, stratified and combinatorial purged splits.

Run: python tests/golden/splitters.py (scikit-learn 1.9.1, skfolio 1.12.2, numpy 2.4.6).
"""

import json
import pathlib
from importlib.metadata import version

import numpy
from sklearn.model_selection import KFold, StratifiedKFold
from skfolio.model_selection import CombinatorialPurgedCV

HERE = pathlib.Path(__file__).parent


def k_fold():
    cases = []
    for rows in (2, 7, 12, 25, 61):
        for n_splits in (2, 3, 5, 7):
            if n_splits <= rows:
                tests = [test.tolist() for _, test in KFold(n_splits).split(numpy.zeros((rows, 1)))]
                cases.append({"input": {"rows": rows, "nSplits": n_splits}, "expected": tests})
    return cases


def stratified():
    rng = numpy.random.default_rng(11)
    cases = []
    for rows in (12, 30, 61):
        for classes in (2, 3, 4):
            for n_splits in (2, 3, 5):
                weights = rng.dirichlet(numpy.full(classes, 3.0))
                y = rng.choice(classes, size=rows, p=weights)
                if numpy.sort(numpy.bincount(y, minlength=classes))[-2] < n_splits:
                    continue
                tests = [test.tolist() for _, test in StratifiedKFold(n_splits).split(numpy.zeros((rows, 1)), y)]
                if any(len(set(y[test])) < 2 for test in tests):
                    continue
                cases.append({"input": {"y": y.tolist(), "classes": classes, "nSplits": n_splits}, "expected": tests})
    return cases


def combinatorial():
    cases = []
    for rows, n_folds, n_test_folds in ((61, 6, 2), (60, 4, 3), (100, 10, 8), (47, 5, 2), (40, 3, 2)):
        for purged in (0, 1, 3):
            for embargo in (0, 2):
                splitter = CombinatorialPurgedCV(n_folds, n_test_folds, purged, embargo)
                try:
                    splits = list(splitter.split(numpy.zeros((rows, 1))))
                except ValueError:
                    continue
                if any(len(train) == 0 for train, _ in splits):
                    continue
                cases.append(
                    {
                        "input": {
                            "rows": rows,
                            "nFolds": n_folds,
                            "nTestFolds": n_test_folds,
                            "purged": purged,
                            "embargo": embargo,
                        },
                        "expected": {
                            "train": [train.tolist() for train, _ in splits],
                            "blocks": [sorted(int(test[0]) for test in tests) for _, tests in splits],
                            "paths": splitter.recombined_paths.T.tolist(),
                        },
                    }
                )
    return cases


if __name__ == "__main__":
    body = {
        "source": {
            "library": "scikit-learn, skfolio",
            "version": f"{version('scikit-learn')}, {version('skfolio')}",
            "numpy": version("numpy"),
            "script": "tests/golden/splitters.py",
        },
        "note": "k-fold, stratified: test rows of each fold. combinatorial: training rows and first row of each test "
        "block of each split; paths: of each path, the split that tests each block",
        "tolerance": "exact: whole numbers",
        "kFold": k_fold(),
        "stratified": stratified(),
        "combinatorial": combinatorial(),
    }
    (HERE / "splitters.json").write_text(json.dumps(body, separators=(",", ":")) + "\n")
