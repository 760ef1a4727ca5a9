"""Rolling accuracy, precision, recall, F1 and log loss, and ADWIN, outcome by outcome, in river."""

from importlib.metadata import version

from peer_server import serve
from river import drift, metrics, utils

stream = ([], [], [])


def load(payload):
    """Keeps the stream here, so that rounds do not pay for its transport."""
    global stream
    stream = (
        [bool(y) for y in payload["observed"]],
        [bool(y) for y in payload["predicted"]],
        payload["upProbability"],
    )
    return len(stream[0])


def shared(payload):
    """The quickest way river offers: one rolling confusion matrix, shared by the four metrics that follow from it.

    Each metric is read after each outcome. Returns the sum of each over the stream, to be compared.
    """
    window = utils.Rolling(metrics.ConfusionMatrix, window_size=payload["window"])
    confusion = window.obj
    accuracy = metrics.Accuracy(cm=confusion)
    precision = metrics.Precision(cm=confusion)
    recall = metrics.Recall(cm=confusion)
    f1 = metrics.F1(cm=confusion)
    log_loss = utils.Rolling(metrics.LogLoss, window_size=payload["window"])
    detector = drift.ADWIN()
    sums = [0.0, 0.0, 0.0, 0.0, 0.0]
    alarms = []
    for i, (observed, predicted, up) in enumerate(zip(*stream)):
        window.update(observed, predicted)
        log_loss.update(observed, up)
        detector.update(observed != predicted)
        if detector.drift_detected:
            alarms.append(i)
        sums[0] += accuracy.get()
        sums[1] += precision.get()
        sums[2] += recall.get()
        sums[3] += f1.get()
        sums[4] += log_loss.get()
    return answer(sums, alarms)


def separate(payload):
    """The way river's documentation shows: each metric in a rolling window of its own."""
    size = payload["window"]
    accuracy = utils.Rolling(metrics.Accuracy, window_size=size)
    precision = utils.Rolling(metrics.Precision, window_size=size)
    recall = utils.Rolling(metrics.Recall, window_size=size)
    f1 = utils.Rolling(metrics.F1, window_size=size)
    log_loss = utils.Rolling(metrics.LogLoss, window_size=size)
    detector = drift.ADWIN()
    sums = [0.0, 0.0, 0.0, 0.0, 0.0]
    alarms = []
    for i, (observed, predicted, up) in enumerate(zip(*stream)):
        accuracy.update(observed, predicted)
        precision.update(observed, predicted)
        recall.update(observed, predicted)
        f1.update(observed, predicted)
        log_loss.update(observed, up)
        detector.update(observed != predicted)
        if detector.drift_detected:
            alarms.append(i)
        sums[0] += accuracy.get()
        sums[1] += precision.get()
        sums[2] += recall.get()
        sums[3] += f1.get()
        sums[4] += log_loss.get()
    return answer(sums, alarms)


def answer(sums, alarms):
    names = ("accuracy", "precision", "recall", "f1_score", "log_loss")
    return {**dict(zip(names, sums)), "alarms": alarms}


serve(
    {"load": load, "shared": shared, "separate": separate},
    {name: version(name) for name in ("river", "numpy")},
)
