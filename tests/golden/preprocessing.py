"""Golden vectors for preprocessing. Run: python tests/golden/preprocessing.py (scikit-learn 1.9.1, numpy 2.4.6)."""

import json
import pathlib

import numpy
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, QuantileTransformer, RobustScaler, StandardScaler

random = numpy.random.default_rng(7)


def table(rows, missing=False):
    values = numpy.column_stack(
        [
            random.normal(3, 2, rows),
            random.standard_t(2, rows) * 1e-4,
            random.integers(0, 4, rows).astype(float),
            numpy.full(rows, 0.1),
            numpy.repeat(random.normal(0, 1, (rows + 2) // 3), 3)[:rows],
        ]
    )
    if missing:
        values[random.random(values.shape) < 0.15] = numpy.nan
        values[0] = [1, 2e-5, 3, 0.1, -1]
    return values


def listed(values):
    return [[None if numpy.isnan(x) else x for x in row] for row in numpy.asarray(values, dtype=float).tolist()]


def case(name, options, fitted, train, test):
    return {
        "input": {"step": name, "options": options, "train": listed(train), "test": listed(test)},
        "expected": listed(fitted.fit(train).transform(test)),
    }


def main():
    cases = []
    for missing in (False, True):
        train, test = table(41, missing), table(23, missing)
        train[:, 2][numpy.isnan(train[:, 2])] = 1
        cases += [
            case("standardScaling", {}, StandardScaler(), train, test),
            case("robustScaling", {}, RobustScaler(), train, test),
            case("robustScaling", {"range": [0.1, 0.8]}, RobustScaler(quantile_range=(10, 80)), train, test),
            case("minMaxScaling", {}, MinMaxScaler(), train, test),
            case("minMaxScaling", {"range": [-1, 3], "clip": True}, MinMaxScaler((-1, 3), clip=True), train, test),
            # Quantiles that fall on an order statistic: the library's rounding may part two equal ones.
            case("quantileScaling", {"quantiles": 24 if missing else 100}, QuantileTransformer(n_quantiles=24 if missing else 41), train, test),
            case("quantileScaling", {"quantiles": 10}, QuantileTransformer(n_quantiles=10), train, test),
        ]
        # Without the column as small as returns, where the library moves values nearer than 1e-7 to an end.
        big = [0, 2, 4]
        normal = QuantileTransformer(n_quantiles=12, output_distribution="normal")
        options = {"quantiles": 12, "distribution": "normal"}
        # Its upper clip is the quantile of 1 - 1e-7, which keeps nine digits of the tail.
        cases.append({**case("quantileScaling", options, normal, train[:, big], test[:, big]), "absolute": 1e-9})
    for strategy, name in (("mean", "mean"), ("median", "median"), ("most_frequent", "most-frequent")):
        train, test = table(31, True), table(17, True)
        imputer = SimpleImputer(strategy=strategy, add_indicator=True)
        cases.append(case("imputation", {"strategy": name}, imputer, train, test))
    constant = SimpleImputer(strategy="constant", fill_value=-7.0)
    train, test = table(31, True), table(17, True)
    cases.append(case("imputation", {"strategy": "constant", "value": -7, "indicator": False}, constant, train, test))
    codes = random.integers(-2, 3, (40, 2)).astype(float)
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    unknown = numpy.array([[0.0, -2.0], [9.0, 1.0], [-1.0, 8.0]])
    cases.append(case("oneHot", {"columns": ["f0", "f1"], "unknown": "none"}, encoder, codes, unknown))

    train, test = table(37), table(19)
    low, high = numpy.percentile(train, [5, 90], axis=0)
    cases.append(
        {
            "input": {"step": "winsorizing", "options": {"range": [0.05, 0.9]}, "train": listed(train), "test": listed(test)},
            "expected": listed(numpy.clip(test, low, high)),
        }
    )
    body = {
        "source": {
            "library": "scikit-learn",
            "version": sklearn.__version__,
            "numpy": numpy.__version__,
            "script": "tests/golden/preprocessing.py",
        },
        "tolerance": {"relative": 1e-12, "absolute": 1e-12, "reason": "the same definitions; sums in another order"},
        "cases": cases,
    }
    path = pathlib.Path(__file__).parent / "preprocessing.json"
    path.write_text(json.dumps(body) + "\n")


main()
