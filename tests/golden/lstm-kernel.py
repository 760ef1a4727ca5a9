"""Gradients and loss curves of LSTM networks, from PyTorch's autograd in double precision.

Weights, features and targets come from a linear congruential generator with exact values, so that the vectors need
not hold them: tests/unit/models/lstm/kernel/golden-network.ts draws the same. PyTorch's gates are i, f, g, o as Keras'
i, f, c, o; its second bias is 0 and stays out of training.

Run: .venv/bin/python tests/golden/lstm-kernel.py
"""

import json
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Draws:
    """(state >> 8) / 2^24 − ½, state ← 1664525 · state + 1013904223 mod 2^32: exact in single precision."""

    def __init__(self, seed):
        self.state = seed

    def take(self, count, scale=1.0):
        values = np.empty(count)
        for i in range(count):
            self.state = (1664525 * self.state + 1013904223) % 2**32
            values[i] = ((self.state >> 8) / 2**24 - 0.5) * scale
        return values


def draw(case):
    shape, windows = case["shape"], case["windows"]
    draws = Draws(case["seed"])
    weights, inputs = [], shape["features"]
    for units in shape["units"]:
        weights.append(draws.take(inputs * 4 * units, case["scale"]).reshape(inputs, 4 * units))
        weights.append(draws.take(units * 4 * units, case["scale"]).reshape(units, 4 * units))
        weights.append(draws.take(4 * units))
        inputs = units
    weights.append(draws.take(inputs * shape["outputs"]).reshape(inputs, shape["outputs"]))
    weights.append(draws.take(shape["outputs"]))
    rows = windows + shape["steps"] - 1
    features = draws.take(rows * shape["features"], 4.0).reshape(rows, shape["features"])
    # Whole windows in an order that is not that of the rows.
    starts = [(7 * i) % windows for i in range(windows)] if windows % 7 else list(range(windows))
    x = np.stack([features[s : s + shape["steps"]] for s in starts])
    raw = draws.take(windows * shape["outputs"], 2.0).reshape(windows, shape["outputs"])
    if shape["head"] == "sigmoid":
        targets = (raw > 0).astype(float)
    elif shape["head"] == "softmax":
        targets = np.eye(shape["outputs"])[raw.argmax(axis=1)]
    else:
        targets = raw
    return weights, x, targets, draws.take(windows) + 1.0


class Network:
    def __init__(self, shape, weights):
        self.head = shape["head"]
        self.parameters = [torch.tensor(w, requires_grad=True) for w in weights]
        self.layers, inputs = [], shape["features"]
        for units in shape["units"]:
            self.layers.append(torch.nn.LSTM(inputs, units, batch_first=True))
            inputs = units

    def sums(self, x):
        h = torch.tensor(x)
        for l, layer in enumerate(self.layers):
            kernel, recurrent, bias = self.parameters[3 * l : 3 * l + 3]
            names = {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent.T, "bias_ih_l0": bias, "bias_hh_l0": torch.zeros_like(bias)}
            h, _ = torch.func.functional_call(layer, names, (h,))
        return h[:, -1] @ self.parameters[-2] + self.parameters[-1]

    def loss(self, x, targets, weights):
        z, y = self.sums(x), torch.tensor(targets)
        if self.head == "sigmoid":
            each = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none").mean(1)
        elif self.head == "softmax":
            each = -(y * torch.log_softmax(z, 1)).sum(1)
        else:
            each = ((z - y) ** 2).mean(1)
        return (each * torch.tensor(weights)).mean()

    def predictions(self, x):
        z = self.sums(x)
        return torch.sigmoid(z) if self.head == "sigmoid" else torch.softmax(z, 1) if self.head == "softmax" else z


def numbers(array, digits=9):
    return [float(f"{v:.{digits}g}") for v in np.asarray(array).ravel()]


def gradient_case(case):
    weights, x, targets, row_weights = draw(case)
    network = Network(case["shape"], weights)
    loss = network.loss(x, targets, row_weights)
    loss.backward()
    predictions = network.predictions(x).detach().numpy()
    gradients = [numbers(p.grad) for p in network.parameters]
    return {"input": case, "expected": {"loss": loss.item(), "predictions": numbers(predictions), "gradients": gradients}}


def curve_case(case):
    weights, x, targets, row_weights = draw(case)
    network = Network(case["shape"], weights)
    optimizer = torch.optim.Adam(network.parameters, lr=case["learningRate"], eps=1e-7)
    losses = []
    for _ in range(case["epochs"]):
        total = 0.0
        for first in range(0, len(x), case["batchSize"]):
            part = slice(first, first + case["batchSize"])
            optimizer.zero_grad()
            loss = network.loss(x[part], targets[part], row_weights[part])
            loss.backward()
            if "clipNorm" in case:
                norm = torch.sqrt(sum((p.grad**2).sum() for p in network.parameters))
                if norm > case["clipNorm"]:
                    for p in network.parameters:
                        p.grad *= case["clipNorm"] / norm
            optimizer.step()
            total += loss.item() * len(x[part])
        losses.append(total / len(x))
    return {"input": case, "expected": {"losses": losses, "predictions": numbers(network.predictions(x).detach().numpy())}}


def case(seed, features, steps, units, outputs, head, windows, scale=1.0, **more):
    shape = {"features": features, "steps": steps, "units": units, "outputs": outputs, "head": head}
    return {"seed": seed, "shape": shape, "windows": windows, "scale": scale, **more}


GRADIENTS = [
    case(1, 1, 1, [1], 1, "sigmoid", 1),
    case(2, 3, 5, [4], 1, "sigmoid", 4),
    case(3, 8, 20, [16], 1, "sigmoid", 32),
    case(4, 10, 30, [21], 1, "linear", 32, 0.5),
    case(5, 5, 7, [7, 3], 3, "softmax", 5),
    case(6, 6, 9, [5, 9, 2], 2, "linear", 13),
    case(7, 3, 4, [13, 6, 11], 4, "softmax", 1),
    case(8, 4, 40, [12, 12], 1, "sigmoid", 150),
    case(9, 2, 60, [30], 2, "sigmoid", 31, 0.5),
]
CURVES = [
    case(11, 6, 10, [9], 1, "sigmoid", 45, 1.0, batchSize=16, epochs=10, learningRate=0.01),
    case(12, 4, 8, [8, 6], 3, "softmax", 40, 1.0, batchSize=16, epochs=10, learningRate=0.01),
    case(13, 5, 12, [7, 5, 6], 2, "linear", 33, 1.0, batchSize=8, epochs=10, learningRate=0.01, clipNorm=0.5),
]

vectors = {
    "source": {
        "libraries": {"torch": torch.__version__, "numpy": np.__version__},
        "script": "tests/golden/lstm-kernel.py",
    },
    "tolerance": {
        "gradientOfLargest": 5e-6,
        "lossRelative": 1e-5,
        "prediction": 1e-6,
        "curvePrediction": 1e-4,
        "reason": "the kernel computes in single precision; over a curve's steps its roundings add up",
    },
    "gradients": [gradient_case(c) for c in GRADIENTS],
    "curves": [curve_case(c) for c in CURVES],
}
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(vectors, separators=(",", ":")) + "\n")
print(target.stat().st_size, "bytes")
