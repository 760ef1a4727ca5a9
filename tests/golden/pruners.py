"""Decisions of Optuna's pruners on recorded studies, and the wealth of the paired bets.

Run: python tests/golden/pruners.py (optuna 5.0.0, numpy 2.4.6).
"""

import json
import math
import pathlib
import warnings
from importlib.metadata import version

import numpy
import optuna
from optuna.pruners import HyperbandPruner, MedianPruner, PatientPruner, PercentilePruner, SuccessiveHalvingPruner

HERE = pathlib.Path(__file__).parent
optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")


def curves(seed, trials, steps, jumps, nans):
    """Falling noisy losses, of some trials rising again; rounded, so that there are ties."""
    rng = numpy.random.default_rng(seed)
    for _ in range(trials):
        at = numpy.cumsum(rng.integers(1, jumps + 1, size=steps)) - 1 + int(rng.integers(0, 2))
        floor, rise = rng.uniform(0, 1), rng.uniform(-0.02, 0.06)
        values = numpy.round(floor + numpy.exp(-at / 6) + rise * at + rng.normal(0, 0.08, steps), 2)
        values[rng.random(steps) < nans] = math.nan
        yield [int(s) for s in at], [float(v) for v in values], rng.random() < 0.07


def play(pruner, direction, seed, trials=40, steps=18, jumps=1, nans=0.0):
    study = optuna.create_study(study_name=f"study {seed}", direction=direction, pruner=pruner)
    sign = -1.0 if direction == "maximize" else 1.0
    record = []
    for at, losses, fails in curves(seed, trials, steps, jumps, nans):
        trial = study.ask()
        done = 0
        state = "failed" if fails else "complete"
        for step, loss in zip(at, losses):
            if fails and done == steps // 2:
                break
            trial.report(sign * loss, step)
            done += 1
            if trial.should_prune():
                state = "pruned"
                break
        states = optuna.trial.TrialState
        if state == "complete":
            last = next((v for v in reversed(losses[:done]) if not math.isnan(v)), 0.0)
            study.tell(trial, sign * last)
        else:
            study.tell(trial, state=states.PRUNED if state == "pruned" else states.FAIL)
        record.append(
            {
                "steps": at[:done],
                "losses": [None if math.isnan(v) else v for v in losses[:done]],
                "state": state,
            }
        )
    return {"studyId": study.study_name, "trials": record}


def studies():
    cases = []

    def add(kind, options, make, **how):
        for direction, seed in (("minimize", 1), ("maximize", 2)):
            input_ = {"pruner": kind, "options": options, "direction": direction}
            cases.append({"input": input_, "expected": play(make(), direction, seed, **how)})

    add("median", {}, MedianPruner)
    add(
        "median",
        {"startupTrials": 3, "warmupSteps": 4, "intervalSteps": 3, "minTrials": 4},
        lambda: MedianPruner(3, 4, 3, n_min_trials=4),
        jumps=3,
        nans=0.2,
    )
    for percentile in (10.0, 25.0, 80.0):
        add("percentile", {"percentile": percentile}, lambda p=percentile: PercentilePruner(p), nans=0.1)
    add(
        "percentile",
        {"percentile": 33.0, "startupTrials": 0, "intervalSteps": 5},
        lambda: PercentilePruner(33.0, 0, 0, 5),
    )
    add(
        "successive-halving",
        {"minResource": 1, "reductionFactor": 4},
        lambda: SuccessiveHalvingPruner(min_resource=1),
    )
    add(
        "successive-halving",
        {"minResource": 3, "reductionFactor": 2, "minEarlyStoppingRate": 1},
        lambda: SuccessiveHalvingPruner(3, 2, 1),
        jumps=2,
        nans=0.05,
    )
    add(
        "hyperband",
        {"minResource": 1, "maxResource": 18, "reductionFactor": 3},
        lambda: HyperbandPruner(1, 18, 3),
        trials=80,
    )
    add(
        "hyperband",
        {"minResource": 2, "maxResource": 30, "reductionFactor": 2},
        lambda: HyperbandPruner(2, 30, 2),
        trials=80,
        nans=0.02,
    )
    add("patience", {"patience": 3}, lambda: PatientPruner(None, 3))
    add("patience", {"patience": 0, "minDelta": 0.1}, lambda: PatientPruner(None, 0, 0.1), nans=0.2)
    add("patience of median", {"patience": 2}, lambda: PatientPruner(MedianPruner(), 2))
    return cases


def wealth():
    """The definition, with exponentials instead of hyperbolic tangents: 1 + tanh(x) = e^x / cosh(x)."""
    rng = numpy.random.default_rng(3)
    cases = []
    for n in (1, 4, 9, 30):
        for shift in (-0.4, 0.0, 0.7):
            d = numpy.round(rng.normal(shift, 1.0, n) * rng.uniform(0.2, 3, n), 4)
            if n == 9:
                d[3] = 0.0
            rms = numpy.sqrt(numpy.cumsum(d**2) / numpy.arange(1, n + 1))
            total = 0.0
            for size, weight in ((0.25, 0.1), (0.5, 0.15), (1, 0.25), (2, 0.25), (4, 0.25)):
                x = size * d / rms
                total += weight * math.exp(float(numpy.sum(x - numpy.log(numpy.cosh(x)))))
            cases.append({"input": d.tolist(), "expected": total})
    return cases


if __name__ == "__main__":
    body = {
        "source": {
            "library": "optuna, numpy",
            "version": f"{version('optuna')}, {version('numpy')}",
            "script": "tests/golden/pruners.py",
        },
        "note": "a pruned trial is pruned at its last report and at none before; null: NaN; losses: values with their "
        "sign changed when the study maximises",
        "tolerance": "decisions exact; wealth 1e-12 relative: another form of the same product",
        "studies": studies(),
        "wealth": wealth(),
    }
    (HERE / "pruners.json").write_text(json.dumps(body, separators=(",", ":")) + "\n")
    for case in body["studies"]:
        states = [t["state"] for t in case["expected"]["trials"]]
        print(case["input"]["pruner"], case["input"]["direction"], states.count("pruned"), "of", len(states))
