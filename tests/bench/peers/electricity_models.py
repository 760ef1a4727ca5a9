"""scikit-learn's forest and LightGBM, defaults, one thread, on the rows of the electricity benchmark."""

import base64
from importlib.metadata import version

import lightgbm
import numpy
from peer_server import serve
from sklearn.ensemble import RandomForestClassifier

held = {}


def load(payload):
    columns = payload["columns"]
    for part in ("train", "test"):
        features = numpy.frombuffer(base64.b64decode(payload[part]["features"]), dtype="<f8").reshape(-1, columns)
        held[part] = (features, numpy.frombuffer(base64.b64decode(payload[part]["targets"]), dtype="<f8"))
    return [len(held["train"][1]), len(held["test"][1])]


def forest(payload):
    model = RandomForestClassifier(n_estimators=payload["trees"], random_state=0, n_jobs=1)
    return answers(model.fit(*held["train"]))


def boosting(payload):
    model = lightgbm.LGBMClassifier(n_estimators=payload["rounds"], n_jobs=1, random_state=0, verbose=-1)
    return answers(model.fit(*held["train"]))


def answers(model):
    return model.predict_proba(held["test"][0])[:, 1].tolist()


serve(
    {"load": load, "forest": forest, "boosting": boosting},
    {name: version(name) for name in ("lightgbm", "scikit-learn", "numpy")},
)
