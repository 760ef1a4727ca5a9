"""Golden vectors for core's classic drift detectors.

Run: python tests/golden/drift-detectors.py [folder]
Needs: river 0.26.1, numpy 2.4.6, scipy 1.17.1 (Python 3.11).

Everything but CUSUM and EWMA is river's own answer. ADWIN that keeps the newer window is river's compiled window
driven without the reset its Python class adds. The release has no CUSUM and no EWMA (its development branch does):
those two are computed here from their definitions, each value from the whole stream since the last drift, without a
recurrence. Given a folder with the development branch's river/drift/cusum.py (commit 291ccdd) and ewma.py (commit
2420eb5), the script also checks that they agree at every update.
"""

import importlib.util
import json
import math
import pathlib
import sys
from importlib.metadata import version

import numpy
from river import drift
from river._river_rust.drift import AdaptiveWindowing

HERE = pathlib.Path(__file__).parent
BLOCK = 100
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+"


def binary_streams(rng):
    def bits(*parts):
        return numpy.concatenate([rng.random(n) < p for n, p in parts]).astype(int).tolist()

    regime = [0.2 + 0.25 * (math.sin(2 * math.pi * i / 48) > 0) + (0.15 if i >= 700 else 0) for i in range(1200)]
    return {
        "constant 0": [0] * 300,
        "constant 1": [1] * 300,
        "alternating": [0, 1] * 300,
        "errors rising": bits((700, 0.2), (500, 0.5)),
        "errors falling": bits((700, 0.6), (500, 0.2)),
        "two drifts": bits((500, 0.2), (400, 0.6), (400, 0.25)),
        "zeros, then a change": [0] * 400 + bits((300, 0.4)),
        "ones, then a change": [1] * 400 + bits((300, 0.6)),
        "slowly rising": bits(*[(40, 0.1 + 0.02 * i) for i in range(25)]),
        "rare errors": bits((1000, 0.02), (300, 0.08)),
        "half-days, as of electricity prices": [int(u < p) for u, p in zip(rng.random(1200), regime)],
        "long stable": bits((4000, 0.45)),
    }


def real_streams(rng):
    def normal(*parts):
        return [round(float(x), 4) for n, m, s in parts for x in rng.normal(m, s, n)]

    return {
        "constant 0.1": [0.1] * 200,
        "mean rising": normal((400, 0, 1), (300, 1.5, 1)),
        "mean falling": normal((400, 2, 1), (300, 0, 1)),
        "two drifts": normal((300, 0, 1), (300, 2, 0.5), (300, -1, 2)),
        "spread only": normal((300, 0, 1), (300, 0, 3)),
        "a price": [round(float(100 + x), 3) for x in numpy.cumsum(rng.normal(0, 0.2, 800))],
        "a jump of scale": normal((200, 0, 0.01), (200, 500, 20), (200, 0, 0.01)),
        "long stable": normal((2000, 0, 1)),
    }


class Kept:
    """ADWIN as in the paper: river's window without the reset of its wrapper."""

    def __init__(self, **options):
        settings = {"delta": 0.002, "clock": 32, "max_buckets": 5, "min_window_length": 5, "grace_period": 10}
        self.helper = AdaptiveWindowing(**{**settings, **options})
        self.drift_detected = False

    def update(self, x):
        self.drift_detected = self.helper.update(x)

    width = property(lambda self: self.helper.get_width())
    total = property(lambda self: self.helper.get_total())
    variance = property(lambda self: self.helper.get_variance())
    n_detections = property(lambda self: self.helper.get_n_detections())


class Segmented:
    """A detector that looks at all values since its last drift."""

    def __init__(self):
        self.values = []
        self.drift_detected = False

    def update(self, x):
        if self.drift_detected:
            self.values = []
        self.values.append(x)
        self.judge(numpy.array(self.values, dtype=float))


def beyond(mode, up, down, limit):
    return bool((mode != "down" and up > limit) or (mode != "up" and down > limit))


class DefinedCusum(Segmented):
    """S+ is the largest sum of x − m − k·s over any stretch that ends now, or 0; S− its mirror image."""

    def __init__(self, min_instances=30, slack=0.5, threshold=5.0, mode="both"):
        super().__init__()
        self.min_instances, self.slack, self.threshold, self.mode = min_instances, slack, threshold, mode

    def judge(self, x):
        self.up = self.down = 0.0
        self.drift_detected = False
        if len(x) < self.min_instances:
            return
        learned = x[: self.min_instances]
        mean = learned[0] + math.fsum(learned - learned[0]) / len(learned)
        sd = math.sqrt(math.fsum((learned - mean) ** 2) / (len(learned) - 1)) if len(learned) > 1 else 0.0
        judged = x[self.min_instances - 1 :] - mean
        self.up = self.stretch(judged - self.slack * sd)
        self.down = self.stretch(-judged - self.slack * sd)
        self.drift_detected = beyond(self.mode, self.up, self.down, self.threshold * sd)

    @staticmethod
    def stretch(steps):
        return float(max(0.0, numpy.max(numpy.cumsum(steps[::-1]))))


class DefinedEwma(Segmented):
    """Weights written out; the average and the mean are taken from the first value, so that a constant stays one."""

    def __init__(self, alpha=0.1, threshold=4.0, min_instances=30, mode="both"):
        super().__init__()
        self.alpha, self.threshold, self.min_instances, self.mode = alpha, threshold, min_instances, mode

    def judge(self, x):
        n = len(x)
        weights = self.alpha * (1 - self.alpha) ** numpy.arange(n - 1, -1, -1.0)
        weights[0] = (1 - self.alpha) ** (n - 1)
        average = float(weights @ (x - x[0]))
        self.average = x[0] + average
        self.variance = float(weights @ (x - x[0] - average) ** 2)
        self.drift_detected = False
        if n < self.min_instances:
            return
        apart = average - math.fsum(x - x[0]) / n
        memory = self.alpha / (2 - self.alpha) * (1 - (1 - self.alpha) ** (2 * n))
        self.drift_detected = beyond(self.mode, apart, -apart, self.threshold * math.sqrt(self.variance * memory))


class Recorder:
    def __init__(self, rng, draws):
        self.rng, self.draws = rng, draws

    def sample(self, population, k):
        indices = self.rng.sample(population, k)
        self.draws.append("".join(ALPHABET[i] for i in indices))
        return indices


class RecordedKswin(drift.KSWIN):
    def __init__(self, **options):
        self.draws = []
        super().__init__(**options, seed=1)

    def _reset(self):
        super()._reset()
        self._rng = Recorder(self._rng, self.draws)


def zero(value):
    return 0.0 if value is None or value == -1 or math.isinf(value) else float(value)


ADWIN = {
    "width": lambda d: d.width,
    "total": lambda d: d.total,
    "deviation": lambda d: d.variance,
    "nDetections": lambda d: d.n_detections,
}
PAGE_HINKLEY = {
    "mean": lambda d: d._x_mean.get(),
    "sumIncrease": lambda d: d._sum_increase,
    "sumDecrease": lambda d: d._sum_decrease,
    "minIncrease": lambda d: d._min_increase,
    "maxDecrease": lambda d: d._max_decrease,
}
HDDM_W = {
    "totalMean": lambda d: d._total.ewma,
    "risingBeforeMean": lambda d: d._s1_incr.ewma,
    "risingAfterMean": lambda d: d._s2_incr.ewma,
}
FALLING = {"fallingBeforeMean": lambda d: d._s1_decr.ewma, "fallingAfterMean": lambda d: d._s2_decr.ewma}

# Our name of the class, river's class, what is compared inside it, and the options it is tried with.
BINARY = [
    ("Ddm", drift.binary.DDM, {
        "p": lambda d: d._p.get(), "pMin": lambda d: zero(d._p_min), "sMin": lambda d: zero(d._s_min),
    }, [{}, {"warm_start": 10, "warning_threshold": 1.5, "drift_threshold": 2.0}]),
    ("Eddm", drift.binary.EDDM, {
        "meanDistance": lambda d: d._error_distances.mean.get(),
        "deviation": lambda d: d._error_distances._S,
        "maxLevel": lambda d: zero(d._p2s_prime_max),
    }, [{}, {"warm_start": 15, "alpha": 0.85, "beta": 0.75}]),
    ("HddmA", drift.binary.HDDMA, {
        "mean": lambda d: d._z.get(),
        "lowestN": lambda d: d._x_min.n, "lowestMean": lambda d: d._x_min.get(),
        "highestN": lambda d: d._x_max.n, "highestMean": lambda d: d._x_max.get(),
    }, [{}, {"two_sided_test": True}, {"drift_confidence": 0.02, "warning_confidence": 0.1, "two_sided_test": True}]),
    ("HddmW", drift.binary.HDDMW, HDDM_W, [{}, {"lambda_val": 0.2, "drift_confidence": 1e-4}]),
    ("HddmW", drift.binary.HDDMW, {**HDDM_W, **FALLING}, [
        {"two_sided_test": True},
        {"two_sided_test": True, "lambda_val": 0.02, "drift_confidence": 0.01, "warning_confidence": 0.05},
    ]),
]
ADWIN_OPTIONS = [
    {},
    {"clock": 1, "delta": 0.05},
    {"clock": 7, "delta": 0.2, "max_buckets": 3, "min_window_length": 3, "grace_period": 0},
]
ANY = [
    ("Adwin", drift.ADWIN, ADWIN, ADWIN_OPTIONS),
    ("Adwin", Kept, ADWIN, ADWIN_OPTIONS),
    ("PageHinkley", drift.PageHinkley, PAGE_HINKLEY, [
        {}, {"threshold": 8.0, "mode": "up"}, {"threshold": 8.0, "mode": "down"},
        {"threshold": 8.0, "mode": "both", "alpha": 0.99, "delta": 0.05, "min_instances": 5},
    ]),
    ("Cusum", DefinedCusum, {"sumIncrease": lambda d: d.up, "sumDecrease": lambda d: d.down}, [
        {}, {"min_instances": 100, "slack": 0.27, "threshold": 8.1, "mode": "up"},
        {"min_instances": 10, "slack": 1.0, "threshold": 3.0, "mode": "down"},
    ]),
    ("Ewma", DefinedEwma, {"average": lambda d: d.average, "variance": lambda d: d.variance}, [
        {}, {"alpha": 0.5, "threshold": 2.5, "min_instances": 10, "mode": "up"}, {"alpha": 0.02, "threshold": 3.0, "mode": "down"},
    ]),
]
KSWIN_OPTIONS = [{}, {"alpha": 0.02, "window_size": 40, "stat_size": 10}]
KSWIN_STREAMS = {
    "binary": ["constant 1", "alternating", "zeros, then a change"],
    "real": ["mean rising", "mean falling", "spread only", "a jump of scale"],
}


CANCELLED = {
    "relative": 1e-9, "absolute": 1e-5,
    "reason": "river subtracts the squares of what it drops, about 1e7, and keeps their rounding",
}


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def runs(indices):
    """[first, length] of each stretch of neighbours."""
    out = []
    for i in indices:
        if out and out[-1][0] + out[-1][1] == i:
            out[-1][1] += 1
        else:
            out.append([i, 1])
    return out


def follow(detector, stream, inside):
    drifts, warnings = [], []
    sums = {name: [] for name in inside}
    for i, x in enumerate(stream):
        detector.update(x)
        if detector.drift_detected:
            drifts.append(i)
        if getattr(detector, "warning_detected", False):
            warnings.append(i)
        for name, read in inside.items():
            sums[name].append(read(detector))
    blocks = {
        name: [float(f"{math.fsum(values[i : i + BLOCK]):.12g}") for i in range(0, len(values), BLOCK)]
        for name, values in sums.items()
    }
    return {"drifts": runs(drifts), "warnings": runs(warnings), "sums": blocks}


def development(folder, name):
    spec = importlib.util.spec_from_file_location(name, pathlib.Path(folder) / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name.upper())


def main():
    rng = numpy.random.default_rng(20251122)
    streams = {"binary": binary_streams(rng), "real": real_streams(rng)}
    peers = {}
    if len(sys.argv) > 1:
        peers = {"Cusum": development(sys.argv[1], "cusum"), "Ewma": development(sys.argv[1], "ewma")}
    cases = []
    for kind, detectors in (("binary", BINARY + ANY), ("real", ANY)):
        for name, stream in streams[kind].items():
            for ours, build, inside, variants in detectors:
                for options in variants:
                    expected = follow(build(**options), stream, inside)
                    if ours in peers:
                        peer = follow(peers[ours](**options), stream, {})
                        if peer["drifts"] != expected["drifts"]:
                            print("differs:", ours, options, kind, name, peer["drifts"][:5], expected["drifts"][:5])
                    extra = {"resetOnDrift": True} if build is drift.ADWIN else {}
                    settings = {**{camel(k): v for k, v in options.items()}, **extra}
                    cases.append({
                        "input": {"detector": ours, "options": settings, "kind": kind, "stream": name},
                        "expected": expected,
                        **({"tolerance": CANCELLED} if ours == "Adwin" and name == "a jump of scale" else {}),
                    })
    for kind, names in KSWIN_STREAMS.items():
        for name in names:
            for options in KSWIN_OPTIONS:
                detector = RecordedKswin(**options)
                pValue = {"pValue": lambda d: d.p_value}
                expected = follow(detector, streams[kind][name][:450], pValue)
                settings = {camel(k): v for k, v in options.items()}
                cases.append({
                    "input": {"detector": "Kswin", "options": settings, "kind": kind, "stream": name, "length": 450,
                              "draws": " ".join(detector.draws)},
                    "expected": expected,
                })
    for kind in streams:
        for name, stream in streams[kind].items():
            streams[kind][name] = "".join(map(str, stream)) if kind == "binary" else stream
    head = {
        "source": {
            "libraries": {library: version(library) for library in ("river", "numpy", "scipy")},
            "script": "tests/golden/drift-detectors.py",
            "definitions": "Cusum and Ewma: from their definitions in the script; no release of river has them",
        },
        "tolerance": {
            "relative": 1e-9, "absolute": 1e-9,
            "reason": "sums over blocks of updates in another order of addition; drifts and warnings are exact",
        },
        "note": f"drifts and warnings: [first, length] runs of 0-based updates. sums: each inner figure after every "
                f"update, added up over blocks of {BLOCK} updates. draws: the indices of each test, one character each",
        "block": BLOCK,
        "alphabet": ALPHABET,
        "streams": streams,
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    rows = ",\n  ".join(json.dumps(case, allow_nan=False, separators=(",", ":")) for case in cases)
    lines.append(f' "cases": [\n  {rows}\n ]')
    (HERE / "drift-detectors.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
