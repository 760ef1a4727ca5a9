"""River's drift detectors, one update after the other."""

from importlib.metadata import version

from peer_server import serve
from river import drift

DETECTORS = {
    "Adwin": lambda: drift.ADWIN(),
    "PageHinkley": lambda: drift.PageHinkley(),
    "Ddm": lambda: drift.binary.DDM(),
    "Eddm": lambda: drift.binary.EDDM(),
    "HddmA": lambda: drift.binary.HDDMA(),
    "HddmW": lambda: drift.binary.HDDMW(),
}

stream = []


def load(values):
    stream[:] = values
    return len(stream)


def drifts(name):
    detector = DETECTORS[name]()
    found = []
    for i, value in enumerate(stream):
        detector.update(value)
        if detector.drift_detected:
            found.append(i)
    return found


serve({"load": load, "drifts": drifts}, {"river": version("river")})
