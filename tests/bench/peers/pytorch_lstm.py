"""One LSTM layer and a sigmoid, trained and asked by PyTorch on one thread."""

import torch
from peer_server import serve
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(1)
torch.set_num_interop_threads(1)


class Classifier(torch.nn.Module):
    def __init__(self, features, units):
        super().__init__()
        self.lstm = torch.nn.LSTM(features, units, batch_first=True)
        self.dense = torch.nn.Linear(units, 1)

    def forward(self, x):
        return self.dense(self.lstm(x)[0][:, -1])[:, 0]


state = {}


def load(payload):
    """Windows, targets and the weights to start from, in Keras order; gates i, f, c, o are PyTorch's i, f, g, o."""
    features, units, steps = payload["features"], payload["units"], payload["steps"]
    rows = torch.tensor(payload["rows"], dtype=torch.float32).reshape(-1, features)
    windows = rows.unfold(0, steps, 1).transpose(1, 2).contiguous()
    model = Classifier(features, units)
    kernel, recurrent, bias, dense, dense_bias = [torch.tensor(values, dtype=torch.float32) for values in payload["weights"]]
    with torch.no_grad():
        model.lstm.weight_ih_l0.copy_(kernel.reshape(features, 4 * units).T)
        model.lstm.weight_hh_l0.copy_(recurrent.reshape(units, 4 * units).T)
        model.lstm.bias_ih_l0.copy_(bias)
        model.lstm.bias_hh_l0.zero_()
        model.dense.weight.copy_(dense.reshape(1, units))
        model.dense.bias.copy_(dense_bias)
    # As with Keras, one bias is trained.
    model.lstm.bias_hh_l0.requires_grad_(False)
    parameters = [p for p in model.parameters() if p.requires_grad]
    state.update(
        x=windows,
        y=torch.tensor(payload["targets"], dtype=torch.float32),
        batch=payload["batchSize"],
        model=model,
        optimizer=torch.optim.Adam(parameters, lr=payload["learningRate"], eps=1e-7, fused=True),
        loss=torch.nn.BCEWithLogitsLoss(),
    )
    return len(windows)


def _train(batches):
    model, optimizer, criterion = state["model"], state["optimizer"], state["loss"]
    total = 0.0
    for x, y in batches:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(state["x"])


def epoch(_):
    """The quickest way: slices of tensors that are already there. Returns the mean loss."""
    x, y, size = state["x"], state["y"], state["batch"]
    return _train((x[i : i + size], y[i : i + size]) for i in range(0, len(x), size))


def loader_epoch(_):
    """The way the documentation shows: a DataLoader over a dataset."""
    return _train(DataLoader(TensorDataset(state["x"], state["y"]), batch_size=state["batch"]))


def predict(payload):
    """One window at a time, so many calls. Returns the mean probability."""
    model, x = state["model"], state["x"]
    total = 0.0
    with torch.inference_mode():
        for i in range(payload["calls"]):
            at = i % len(x)
            total += torch.sigmoid(model(x[at : at + 1])).item()
    return total / payload["calls"]


if __name__ == "__main__":
    serve(
        {"load": load, "epoch": epoch, "loader_epoch": loader_epoch, "predict": predict},
        {"torch": torch.__version__},
    )
