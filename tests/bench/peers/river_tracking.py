"""Rolling classification metrics and a drift detector, outcome by outcome, in river."""

from importlib.metadata import version

from peer_server import serve
from river import drift, metrics, utils

stream = ([], [])


def load(payload):
    """Keeps the stream here, so that rounds do not pay for its transport."""
    global stream
    stream = ([bool(y) for y in payload["observed"]], [bool(y) for y in payload["predicted"]])
    return len(stream[0])


def track(payload):
    """The quickest way river offers: one rolling confusion matrix, shared by the metrics.

    Each metric is read after each outcome. Returns the sum of each over the stream, to be compared.
    """
    window = utils.Rolling(metrics.ConfusionMatrix, window_size=payload["window"])
    confusion = window.obj
    accuracy = metrics.Accuracy(cm=confusion)
    precision = metrics.Precision(cm=confusion)
    recall = metrics.Recall(cm=confusion)
    f1 = metrics.F1(cm=confusion)
    detector = drift.ADWIN()
    sums = [0.0, 0.0, 0.0, 0.0]
    alarms = 0
    for observed, predicted in zip(*stream):
        window.update(observed, predicted)
        detector.update(observed != predicted)
        alarms += detector.drift_detected
        sums[0] += accuracy.get()
        sums[1] += precision.get()
        sums[2] += recall.get()
        sums[3] += f1.get()
    return {"accuracy": sums[0], "precision": sums[1], "recall": sums[2], "f1_score": sums[3], "alarms": alarms}


serve({"load": load, "track": track}, {name: version(name) for name in ("river", "numpy")})
