"""scikit-learn's random forest on the rows of the forest benchmark, one thread."""

import time

import numpy
import sklearn
from peer_server import serve
from sklearn.ensemble import RandomForestClassifier

DATA = {}


def load(payload):
    """Row-major little-endian 64-bit floats, labels as bytes, in two files that the benchmark wrote."""
    columns = payload["columns"]
    for part in ("train", "test"):
        features = numpy.fromfile(payload[f"{part}Features"], dtype="<f8").reshape(-1, columns)
        DATA[part] = (features, numpy.fromfile(payload[f"{part}Targets"], dtype=numpy.uint8))
    return [len(DATA["train"][0]), len(DATA["test"][0])]


def fit(payload):
    """Only fit is timed by the caller; probabilities come from `answers`. Processor time is that of all threads."""
    features, targets = DATA["train"]
    start = time.process_time()
    DATA["model"] = RandomForestClassifier(
        n_estimators=payload["trees"], random_state=payload["seed"], n_jobs=1
    ).fit(features, targets)
    seconds = time.process_time() - start
    nodes = sum(tree.tree_.node_count for tree in DATA["model"].estimators_)
    return {"nodes": nodes, "cpuSeconds": seconds}


def answers(_payload):
    return DATA["model"].predict_proba(DATA["test"][0])[:, 1].tolist()


def predict_one(payload):
    """Seconds per call for one row."""
    row = DATA["test"][0][:1]
    start = time.perf_counter()
    for _ in range(payload["calls"]):
        DATA["model"].predict_proba(row)
    return (time.perf_counter() - start) / payload["calls"]


if __name__ == "__main__":
    serve(
        {"load": load, "fit": fit, "answers": answers, "predict_one": predict_one},
        {"scikit-learn": sklearn.__version__, "numpy": numpy.__version__},
    )
