"""Studies of Optuna's samplers over the functions of tests/bench/samplers/, and its time per trial."""

import math
import pathlib
import warnings
from importlib.metadata import version

import numpy as np
import optuna
import torch
from peer_server import serve

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
torch.set_num_threads(1)

A3 = np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]])
P3 = np.array([[0.3689, 0.117, 0.2673], [0.4699, 0.4387, 0.747], [0.1091, 0.8732, 0.5547], [0.0381, 0.5743, 0.8828]])
A6 = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
P6 = np.array(
    [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
)
WEIGHTS = np.array([1, 1.2, 3, 3.2])


def branin(x):
    bowl = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return bowl**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


def hartmann3(x):
    return -float(WEIGHTS @ np.exp(-(A3 * (x - P3) ** 2).sum(axis=1)))


def hartmann6(x):
    return -float(WEIGHTS @ np.exp(-(A6 * (x - P6) ** 2).sum(axis=1)))


def rosenbrock(x):
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def ackley(x):
    return float(20 - 20 * np.exp(-0.2 * np.sqrt(np.mean(x**2))) + math.e - np.exp(np.mean(np.cos(2 * np.pi * x))))


def levy(x):
    w = 1 + (x - 1) / 4
    head = np.sin(np.pi * w[0]) ** 2
    middle = np.sum((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2))
    return float(head + middle + (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2))


def rastrigin(x):
    return float(np.sum(x**2 - 10 * np.cos(2 * np.pi * x) + 10))


def stepped(x):
    return ((x[0] - 37) / 10) ** 2 + ((x[1] - 11) / 10) ** 2 + 10 * (x[2] - 0.35) ** 2 + abs(x[3] - 7)


def cube(n, low, high):
    def suggest(trial):
        return {f"x{i}": trial.suggest_float(f"x{i}", low, high) for i in range(n)}

    return suggest


def branin_space(trial):
    return {"x0": trial.suggest_float("x0", -5, 10), "x1": trial.suggest_float("x1", 0, 15)}


def stepped_space(trial):
    return {
        "x0": trial.suggest_int("x0", 0, 50),
        "x1": trial.suggest_int("x1", 0, 50),
        "x2": trial.suggest_float("x2", 0, 1, step=0.05),
        "x3": trial.suggest_int("x3", 1, 9),
    }


def mixed_space(trial):
    return {
        "rate": trial.suggest_float("rate", 1e-5, 1, log=True),
        "depth": trial.suggest_int("depth", 1, 12),
        "units": trial.suggest_int("units", 4, 512, log=True),
        "kind": trial.suggest_categorical("kind", ["a", "b", "c", "d"]),
        "loss": trial.suggest_categorical("loss", ["x", "y", "z"]),
    }


def mixed(p):
    value = (math.log10(p["rate"]) + 2.5) ** 2 + ((p["depth"] - 8) / 3) ** 2 + (math.log2(p["units"]) - 6) ** 2 / 4
    kind = {"c": 0, "a": 0.5}.get(p["kind"], 1.5)
    return value + kind * (0.5 if p["loss"] == "y" else 1) + (0 if p["loss"] == "y" else 0.7)


def conditional_space(trial):
    model = trial.suggest_categorical("model", ["tree", "linear", "net"])
    if model == "tree":
        rest = {"depth": trial.suggest_int("depth", 1, 20), "leaf": trial.suggest_int("leaf", 1, 64, log=True)}
    elif model == "linear":
        rest = {"shrinkage": trial.suggest_float("shrinkage", 1e-4, 10, log=True)}
    else:
        rest = {"rate": trial.suggest_float("rate", 1e-5, 1, log=True), "width": trial.suggest_float("width", 0, 1)}
    return {"model": model, **rest}


def conditional(p):
    if p["model"] == "tree":
        return 0.5 + ((p["depth"] - 12) / 6) ** 2 + (math.log2(p["leaf"]) - 2) ** 2 / 4
    if p["model"] == "linear":
        return 1 + (math.log10(p["shrinkage"]) + 1) ** 2 / 4
    return (math.log10(p["rate"]) + 3) ** 2 + 4 * (p["width"] - 0.7) ** 2


TABLES = pathlib.Path(__file__).parent.parent / "samplers" / "tables"
# By parameter: how many values it has when ordered, or its choices. As in tests/bench/samplers/tables.ts.
NETWORK = {
    "activation1": ["relu", "tanh"],
    "activation2": ["relu", "tanh"],
    "batch": 4,
    "dropout1": 3,
    "dropout2": 3,
    "rate": 6,
    "schedule": ["cosine", "const"],
    "units1": 6,
    "units2": 6,
}
PERCEPTRON = {"alpha": 10, "batch": 10, "depth": 3, "rate": 10, "width": 10}


def table_space(parameters):
    def suggest(trial):
        return {
            name: trial.suggest_categorical(name, values)
            if isinstance(values, list)
            else trial.suggest_int(name, 0, values - 1)
            for name, values in parameters.items()
        }

    return suggest


def of_table(name, parameters):
    losses = np.fromfile(TABLES / f"{name}.f32", dtype="<f4")

    def value_at(point):
        at = 0
        for parameter, values in parameters.items():
            index = values.index(point[parameter]) if isinstance(values, list) else point[parameter]
            at = at * (len(values) if isinstance(values, list) else values) + index
        return float(losses[at])

    return value_at


def of_vector(f):
    return lambda p: f(np.array([p[name] for name in sorted(p)]))


FUNCTIONS = {
    "branin": (branin_space, of_vector(branin), 0),
    "hartmann3": (cube(3, 0, 1), of_vector(hartmann3), 0),
    "hartmann6": (cube(6, 0, 1), of_vector(hartmann6), 0),
    "rosenbrock4": (cube(4, -2, 2), of_vector(rosenbrock), 0),
    "ackley5": (cube(5, -32.768, 32.768), of_vector(ackley), 0),
    "levy4": (cube(4, -10, 10), of_vector(levy), 0),
    "rastrigin3": (cube(3, -5.12, 5.12), of_vector(rastrigin), 0),
    "branin-noisy": (branin_space, of_vector(branin), 5),
    "hartmann6-noisy": (cube(6, 0, 1), of_vector(hartmann6), 0.2),
    "stepped": (stepped_space, of_vector(stepped), 0),
    "mixed": (mixed_space, mixed, 0),
    "conditional": (conditional_space, conditional, 0),
    **{name: (table_space(NETWORK), of_table(name, NETWORK), 0) for name in ("protein_structure", "naval_propulsion")},
    **{name: (table_space(PERCEPTRON), of_table(name, PERCEPTRON), 0) for name in ("vehicle", "phoneme")},
}


def sampler_of(name, seed, grouped):
    if name == "tpe":
        return optuna.samplers.TPESampler(seed=seed, group=grouped)
    if name == "gp":
        return optuna.samplers.GPSampler(seed=seed)
    return optuna.samplers.RandomSampler(seed=seed)


def values(payload):
    _, value_at, _ = FUNCTIONS[payload["function"]]
    return [float(value_at(point)) for point in payload["points"]]


def study(payload):
    """The true value at the trial that looked best."""
    suggest, value_at, noise = FUNCTIONS[payload["function"]]
    rng = np.random.default_rng(payload["seed"])
    sampler = sampler_of(payload["sampler"], payload["seed"], payload["function"] == "conditional")
    study = optuna.create_study(sampler=sampler)
    study.optimize(lambda trial: value_at(suggest(trial)) + noise * rng.standard_normal(), n_trials=payload["trials"])
    return float(value_at(study.best_params))


def sampling(payload):
    """A study of ten parameters: its trials cost nothing but their sampling."""
    study = optuna.create_study(sampler=sampler_of(payload["sampler"], payload["seed"], False))
    half = optuna.distributions
    space = {f"x{i}": half.FloatDistribution(-5, 5) if i < 5 else half.IntDistribution(0, 100) for i in range(10)}
    for _ in range(payload["trials"]):
        trial = study.ask(space)
        study.tell(trial, sum(value * value for value in trial.params.values()))
    return study.best_value


serve(
    {"values": values, "study": study, "sampling": sampling},
    {name: version(name) for name in ("optuna", "numpy", "scipy", "torch")},
)
