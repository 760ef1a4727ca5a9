"""LightGBM on two classes, one thread: training from raw rows, binning included, and scores on other rows."""

import base64
import time
from importlib.metadata import version

import lightgbm
import numpy
from peer_server import serve

held = {}


def load(payload):
    """Keeps the rows here, so that training does not pay for their transport."""
    columns = payload["columns"]
    for part in ("train", "test"):
        held[part] = (
            floats(payload[part]["features"]).reshape(-1, columns),
            floats(payload[part]["targets"]),
        )
    return len(held["train"][1])


def floats(text):
    return numpy.frombuffer(base64.b64decode(text), dtype="<f8")


def train(parameters):
    features, targets = held["train"]
    start = time.process_time()
    fixed = {"objective": "binary", "num_threads": 1, "verbose": -1}
    data = lightgbm.Dataset(features, targets, params={**fixed, **parameters["booster"]})
    held["model"] = lightgbm.train({**fixed, **parameters["booster"]}, data, parameters["rounds"])
    return {"trees": held["model"].num_trees(), "cpuSeconds": time.process_time() - start}


def score(_):
    features, targets = held["test"]
    up = held["model"].predict(features, num_threads=1)
    return {
        "accuracy": float(numpy.mean((up > 0.5) == (targets == 1))),
        "logLoss": float(-numpy.mean(numpy.log(numpy.where(targets == 1, up, 1 - up)))),
    }


serve(
    {"load": load, "train": train, "score": score},
    {name: version(name) for name in ("lightgbm", "numpy")},
)
