"""Golden vectors for performance before labels: NannyML's CBPE.

Run: python tests/golden/performance-estimation.py
Needs: nannyml 0.13.1, scikit-learn 1.9.1, numpy 2.4.6, pandas 3.1.1 (Python 3.11).

NannyML calibrates (isotonic) only where a cross-validation says that helps; the samples are so badly calibrated that it
always does, which is asserted. Scores have no ties: NannyML orders tied ones arbitrarily. It rounds cumulated counts of
its ROC curve to five decimals. The row with the lowest score of a class is never of that class (the seeds are chosen
so): NannyML leaves such a row out of the spread of the AUC and counts the others one rank off.
"""

import json
import logging
import os
import pathlib
import warnings
from importlib.metadata import version

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import numpy
import pandas
from nannyml.calibration import NoopCalibrator
from scipy.special import expit

logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")

SCRIPT = "tests/golden/performance-estimation.py"
HERE = pathlib.Path(__file__).parent
METRICS = {"accuracy": "accuracy", "precision": "precision", "recall": "recall", "f1": "f1_score", "roc_auc": "roc_auc"}


def binary(rng, n, shift):
    truth = expit(rng.normal(0.1 + shift, 1.1, n))
    said = numpy.round(expit(0.4 + 3.0 * numpy.log(truth / (1 - truth))), 12)
    return said, (rng.uniform(size=n) < truth).astype(int), (said >= 0.5).astype(int)


def multiclass(rng, n, names, weight):
    truth = rng.dirichlet(weight, n)
    said = truth**2.5
    said = numpy.round(said / said.sum(axis=1, keepdims=True), 9)
    said[:, 0] = 1 - said[:, 1:].sum(axis=1)
    observed = numpy.array([rng.choice(names, p=row) for row in truth])
    return said, observed, numpy.array(names)[said.argmax(axis=1)]


def answers(result):
    row = result.filter(period="analysis").to_df().iloc[0]
    return {
        ours: {
            "value": float(row[(theirs, "value")]),
            "samplingError": float(row[(theirs, "sampling_error")]),
            "lower": float(row[(theirs, "lower_confidence_boundary")]),
            "upper": float(row[(theirs, "upper_confidence_boundary")]),
        }
        for theirs, ours in METRICS.items()
    }


def binary_case(name, rng, rows, analysis_rows, shift):
    said, observed, predicted = binary(rng, rows, 0.0)
    frame = pandas.DataFrame({"p": said, "y": observed, "d": predicted})
    cbpe = nannyml.CBPE(
        y_pred_proba="p", y_pred="d", y_true="y", metrics=list(METRICS), chunk_number=1,
        problem_type="classification_binary",
    )
    cbpe.fit(frame)
    assert cbpe.needs_calibration
    assert len(set(said)) == rows and observed[said.argmin()] == 0 and observed[said.argmax()] == 1
    asked, _, chosen = binary(rng, analysis_rows, shift)
    result = cbpe.estimate(pandas.DataFrame({"p": asked, "d": chosen}))
    to_rows = lambda p: [[float(x), float(1 - x)] for x in p]
    label = lambda labels: ["up" if y == 1 else "down" for y in labels]
    return {
        "name": name,
        "input": {
            "classes": ["up", "down"],
            "positiveClass": "up",
            "reference": {"probabilities": to_rows(said), "predicted": label(predicted), "observed": label(observed)},
            "analysis": {"probabilities": to_rows(asked), "predicted": label(chosen)},
        },
        "expected": answers(result),
    }


def multiclass_case(name, rng, rows, analysis_rows, weight):
    names = ["up", "down", "flat"]
    columns = {label: f"p_{label}" for label in names}
    said, observed, predicted = multiclass(rng, rows, names, [1.2, 1.0, 0.8])
    frame = pandas.DataFrame({columns[label]: said[:, c] for c, label in enumerate(names)})
    cbpe = nannyml.CBPE(
        y_pred_proba=columns, y_pred="d", y_true="y", metrics=list(METRICS), chunk_number=1,
        problem_type="classification_multiclass",
    )
    cbpe.fit(frame.assign(y=observed, d=predicted))
    assert not any(isinstance(one, NoopCalibrator) for one in cbpe._calibrators.values())
    for c, label in enumerate(names):
        assert len(set(said[:, c])) == rows and observed[said[:, c].argmin()] != label
    asked, _, chosen = multiclass(rng, analysis_rows, names, weight)
    frame = pandas.DataFrame({columns[label]: asked[:, c] for c, label in enumerate(names)})
    result = cbpe.estimate(frame.assign(d=chosen))
    return {
        "name": name,
        "input": {
            "classes": names,
            "positiveClass": "macro",
            "reference": {
                "probabilities": said.tolist(),
                "predicted": predicted.tolist(),
                "observed": observed.tolist(),
            },
            "analysis": {"probabilities": asked.tolist(), "predicted": chosen.tolist()},
        },
        "expected": answers(result),
    }


cases = [
    binary_case("two classes, the same mix", numpy.random.default_rng(11), 600, 250, 0.0),
    binary_case("two classes, easier and more often up", numpy.random.default_rng(12), 900, 400, 0.9),
    binary_case("two classes, mostly down", numpy.random.default_rng(13), 600, 120, -0.9),
    multiclass_case("three classes, the same mix", numpy.random.default_rng(31), 600, 250, [1.2, 1.0, 0.8]),
    multiclass_case("three classes, another mix", numpy.random.default_rng(25), 900, 300, [0.7, 1.6, 0.9]),
]
libraries = ["nannyml", "scikit-learn", "numpy", "pandas"]
head = {
    "source": {"libraries": {l: version(l) for l in libraries}, "script": SCRIPT},
    "tolerance": {
        "absolute": 1e-9,
        "rounded": 2e-6,
        "reason": "sums in another order; NannyML rounds the counts of its ROC curve to five decimals (`rounded`)",
    },
}
lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
rows = ",\n  ".join(json.dumps(case, allow_nan=False) for case in cases)
lines.append(f' "cases": [\n  {rows}\n ]')
(HERE / "performance-estimation.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
