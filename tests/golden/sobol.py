"""Golden vectors for Sobol points, and the table of direction numbers. Run: python tests/golden/sobol.py (scipy 1.17.1)."""

import json
import os
import pathlib
import warnings

import numpy as np
import scipy
import scipy.stats
from scipy.stats import qmc

HERE = pathlib.Path(__file__).parent
DIMENSIONS = 128
TABLE = HERE.parent.parent / "packages/tuning/src/samplers/sobol/joe-kuo-directions.ts"

warnings.simplefilter("ignore")


def write_table():
    """The numbers of Joe & Kuo (2008), new-joe-kuo-6, as SciPy ships them."""
    path = os.path.join(os.path.dirname(scipy.stats.__file__), "_sobol_direction_numbers.npz")
    numbers = np.load(path)
    rows = []
    for d in range(1, DIMENSIONS):
        polynomial = int(numbers["poly"][d])
        degree = polynomial.bit_length() - 1
        rows.append([polynomial, *(int(m) for m in numbers["vinit"][d][:degree])])
    lines = "\n".join(f"  {json.dumps(row)}," for row in rows)
    TABLE.write_text(
        "/**\n"
        " * Direction numbers of Joe & Kuo (file new-joe-kuo-6), for the second dimension and on: the primitive polynomial as\n"
        " * bits, highest power first, both ends included; then the initial numbers m₁, m₂ …, as many as its degree.\n"
        " * Written by `tests/golden/sobol.py`.\n"
        " * @see Joe & Kuo (2008), SIAM J. Sci. Comput. 30:2635–2654, doi:10.1137/070709359\n"
        " */\n"
        "export const JOE_KUO_DIRECTIONS: readonly (readonly number[])[] = [\n" + lines + "\n];\n"
    )


def main():
    write_table()
    points = qmc.Sobol(DIMENSIONS, scramble=False, bits=32).random(1 << 12)
    # A column of low dimensions whole; of all dimensions a few far rows.
    cases = [
        {"input": {"dimensions": 6, "from": 0}, "expected": points[:64, :6].tolist()},
        {"input": {"dimensions": DIMENSIONS, "from": 1000}, "expected": points[1000:1004].tolist()},
        {"input": {"dimensions": DIMENSIONS, "from": 4093}, "expected": points[4093:4096].tolist()},
    ]
    body = {
        "source": {"library": "scipy", "version": scipy.__version__, "script": "tests/golden/sobol.py"},
        "tolerance": {"value": 0, "reason": "multiples of 2^-32, the same integers"},
        "cases": cases,
    }
    (HERE / "sobol.json").write_text(json.dumps(body) + "\n")


main()
