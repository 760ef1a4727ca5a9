"""Golden vectors for datasets and tuning. Run: python tests/golden/tuning.py (scikit-learn 1.7.2, numpy 2.4.6)."""

import hashlib
import json
import pathlib
import struct

import numpy
import sklearn
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import ParameterGrid, TimeSeriesSplit

HERE = pathlib.Path(__file__).parent


def source(script):
    return {"library": "scikit-learn", "version": sklearn.__version__, "numpy": numpy.__version__, "script": script}


def write(name, body):
    (HERE / f"{name}.json").write_text(json.dumps(body, indent=1) + "\n")


def time_series_splits():
    cases = []
    for rows in (12, 25, 61, 100):
        for n_splits in (1 + 1, 3, 5):
            for gap in (0, 1, 3):
                for test_size in (None, 2, 4):
                    for max_train_size in (None, 5):
                        splitter = TimeSeriesSplit(
                            n_splits=n_splits, gap=gap, test_size=test_size, max_train_size=max_train_size
                        )
                        try:
                            folds = [[a.tolist(), b.tolist()] for a, b in splitter.split(numpy.zeros((rows, 1)))]
                        except ValueError:
                            continue
                        if any(len(train) == 0 for train, _ in folds):
                            continue
                        shape = [[t[0], t[-1] + 1, s[0], s[-1] + 1] for t, s in folds]
                        cases.append(
                            {
                                "input": {
                                    "rows": rows,
                                    "nSplits": n_splits,
                                    "gap": gap,
                                    "testSize": test_size,
                                    "maxTrainSize": max_train_size,
                                },
                                "expected": shape,
                            }
                        )
    write(
        "time-series-split",
        {
            "source": source("tests/golden/tuning.py"),
            "note": "expected: per fold [train from, train to, test from, test to), half open",
            "tolerance": "exact: whole numbers",
            "cases": cases,
        },
    )


def parameter_grid():
    spaces = [
        {"depth": [2, 3, 4], "criterion": ["gini", "entropy"], "bootstrap": [False, True]},
        {"z": [1], "a": [0.0, 0.25, 0.5, 0.75, 1.0], "m": [10, 20]},
    ]
    write(
        "parameter-grid",
        {
            "source": source("tests/golden/tuning.py"),
            "tolerance": "exact",
            "cases": [{"input": space, "expected": list(ParameterGrid(space))} for space in spaces],
        },
    )


def scores():
    rng = numpy.random.default_rng(7)
    cases = []
    for classes, rows in ((2, 40), (2, 7), (3, 60), (4, 25)):
        p = rng.dirichlet(numpy.ones(classes), size=rows)
        p[0] = 0.0
        p[0, 0] = 1.0
        y = rng.integers(0, classes, size=rows)
        y[:classes] = range(classes)
        y[classes] = classes - 1
        labels = list(range(classes))
        predicted = p.argmax(axis=1)
        cases.append(
            {
                "input": {"classes": classes, "yTrue": y.tolist(), "probabilities": p.ravel().tolist()},
                "expected": {
                    "accuracy": accuracy_score(y, predicted),
                    "f1OfClass1": f1_score(y == 1, predicted == 1),
                    "macroF1": f1_score(y, predicted, average="macro"),
                    "logLoss": log_loss(y, p, labels=labels),
                },
            }
        )
    wrong = {"classes": 2, "yTrue": [0, 1], "probabilities": [0.0, 1.0, 0.25, 0.75]}
    cases.append(
        {
            "input": wrong,
            "expected": {
                "accuracy": 0.5,
                "f1OfClass1": f1_score([0, 1], [1, 1]),
                "macroF1": f1_score([0, 1], [1, 1], average="macro"),
                "logLoss": log_loss([0, 1], [[0.0, 1.0], [0.25, 0.75]], labels=[0, 1]),
            },
        }
    )
    write(
        "scoring-metrics",
        {
            "source": source("tests/golden/tuning.py"),
            "tolerance": "1e-12 relative: another order of summation",
            "cases": cases,
        },
    )


def dataset_hashes():
    """The documented byte layout, written down a second time."""

    def pack(dataset):
        arrays = ["features", "targets", "timestamps", "labelEndsAt", "groups", "prices", "returns", "weights"]
        present = [(name, dataset[name]) for name in arrays if name in dataset]
        rows = len(dataset["targets"])
        header = json.dumps(
            [
                "@mlperf/dataset/1",
                rows,
                len(dataset["featureNames"]),
                dataset["featureNames"],
                dataset.get("classes"),
                dataset.get("groupNames"),
                [[name, len(values)] for name, values in present],
            ],
            separators=(",", ":"),
            ensure_ascii=False,
        ).encode()
        body = b"".join(struct.pack(f"<{len(values)}d", *(v + 0.0 for v in values)) for _, values in present)
        return hashlib.sha256(struct.pack("<I", len(header)) + header + body).hexdigest()

    plain = {
        "features": [1.5, -2.25, 0.0, 3.0, 1e-300, 7.0],
        "featureNames": ["return_1d", "Volatilität"],
        "targets": [0, 1, 1],
        "classes": ["down", "up"],
        "timestamps": [1000, 2000, 3000],
        "labelEndsAt": [2000, 3000, 4000],
    }
    full = dict(
        plain,
        groups=[0, 1, 0],
        groupNames=["AAPL", "MSFT"],
        prices=[10.0, 20.5, 11.0],
        returns=[0.01, -0.02, 0.03],
        weights=[1, 0.5, 2],
    )
    regression = {k: v for k, v in plain.items() if k != "classes"}
    write(
        "dataset-hash",
        {
            "source": {"library": "hashlib, struct", "version": "Python 3.11", "script": "tests/golden/tuning.py"},
            "tolerance": "exact",
            "cases": [{"input": case, "expected": pack(case)} for case in (plain, full, regression)],
        },
    )


if __name__ == "__main__":
    time_series_splits()
    parameter_grid()
    scores()
    dataset_hashes()
