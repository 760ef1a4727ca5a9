"""Optuna's TPE over scikit-learn's random forest, on the rows and folds of the tuning benchmark: two trials at once.

A fit uses one thread. Trials run at once in threads (`study.optimize(n_jobs=2)`; growing a tree releases the
interpreter's lock, much around it does not), or, with the same two threads waiting, in two processes that have the
rows already. The study is in memory.
"""

import multiprocessing
import warnings
from concurrent.futures import ProcessPoolExecutor

import numpy
import optuna
import sklearn
from peer_server import serve
from sklearn.ensemble import RandomForestClassifier

optuna.logging.set_verbosity(optuna.logging.ERROR)
# Not by a filter: threads that fit at once put back each other's.
warnings.showwarning = lambda *_, **__: None

AT_ONCE = 2
FOLDS = []
POOL = []


def load(payload):
    """Row-major little-endian 64-bit floats, labels as bytes; each fold's rows are cut out, as 32-bit floats, once."""
    features = numpy.fromfile(payload["features"], dtype="<f8").reshape(-1, payload["columns"]).astype(numpy.float32)
    targets = numpy.fromfile(payload["targets"], dtype=numpy.uint8)
    FOLDS.clear()
    for fold in payload["folds"]:
        train, test = numpy.array(fold["train"]), numpy.array(fold["test"])
        FOLDS.append((features[train], targets[train], features[test], targets[test]))
    while POOL:
        POOL.pop().shutdown()
    POOL.append(ProcessPoolExecutor(AT_ONCE, mp_context=multiprocessing.get_context("fork")))
    # Both are started now: what is timed later has them.
    list(POOL[0].map(abs, range(AT_ONCE)))
    return [len(features), [[len(train), len(test)] for train, _, test, _ in FOLDS]]


def mean_accuracy(params, seed):
    scores = []
    for fold, (train, train_targets, test, test_targets) in enumerate(FOLDS):
        forest = RandomForestClassifier(**params, n_jobs=1, random_state=seed * len(FOLDS) + fold)
        forest.fit(train, train_targets)
        scores.append(float(numpy.mean(forest.predict(test) == test_targets)))
    return float(numpy.mean(scores))


def study(payload):
    """`space`: by scikit-learn's name, an integer range `[low, high]`, also a logarithmic one, or a float range."""
    seed, space = payload["seed"], payload["space"]

    def suggest(trial):
        return {
            name: trial.suggest_int(name, at["low"], at["high"], log=at.get("log", False))
            if at["type"] == "int"
            else trial.suggest_float(name, at["low"], at["high"])
            for name, at in space.items()
        }

    def evaluate(trial):
        params = suggest(trial)
        if payload["runs"] == "processes":
            return POOL[0].submit(mean_accuracy, params, seed).result()
        return mean_accuracy(params, seed)

    searched = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    searched.optimize(evaluate, n_trials=payload["trials"], n_jobs=AT_ONCE)
    trials = searched.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE])
    return {
        "trials": len(trials),
        "best": searched.best_value,
        "params": searched.best_params,
        "trees": sum(trial.params["n_estimators"] for trial in trials),
    }


def score(payload):
    """The cross-validated accuracy of given parameters."""
    return mean_accuracy(payload["params"], payload["seed"])


if __name__ == "__main__":
    serve(
        {"load": load, "study": study, "score": score},
        {"optuna": optuna.__version__, "scikit-learn": sklearn.__version__, "numpy": numpy.__version__},
    )
