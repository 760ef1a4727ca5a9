"""The coefficients of the LSTM kernel's tanh, by iterated weighted least squares. Prints them and the error.

tanh x ≈ x · P(x²) / Q(x²) on [0, 8], P of degree 5, Q of degree 3, Q(0) = 1. Each round solves the linear problem
P − (tanh x / x) · Q ≈ 0 with the last round's Q in the weight, and weighs more where the error was large (Lawson).

Run: python tests/golden/lstm-activations.py (numpy 2.4.6)
"""

import numpy as np

BOUND, P_DEGREE, Q_DEGREE = 8.0, 5, 3

x = (np.cos(np.linspace(np.pi, 0, 2000)) + 1) / 2 * BOUND
x[0] = 1e-4
ratio = np.tanh(x) / x
y = (x / BOUND) ** 2
q, weight, best = np.ones_like(x), np.ones_like(x), (np.inf, None, None)
for _ in range(60):
    scale = np.sqrt(weight) / (q * ratio)
    columns = [y**i for i in range(P_DEGREE + 1)] + [-ratio * y**i for i in range(1, Q_DEGREE + 1)]
    matrix = np.stack(columns, axis=1) * scale[:, None]
    norms = np.linalg.norm(matrix, axis=0)
    solution = np.linalg.lstsq(matrix / norms, ratio * scale, rcond=None)[0] / norms
    p_terms, q_terms = solution[: P_DEGREE + 1], np.concatenate([[1], solution[P_DEGREE + 1 :]])
    p = sum(c * y**i for i, c in enumerate(p_terms))
    q = sum(c * y**i for i, c in enumerate(q_terms))
    error = np.abs(p / q / ratio - 1)
    if error.max() < best[0]:
        best = (error.max(), p_terms, q_terms)
    weight = weight * (error / error.mean() + 1e-3)
    weight /= weight.mean()

error, p_terms, q_terms = best
print("P", [repr(float(np.float32(c / BOUND ** (2 * i)))) for i, c in enumerate(p_terms)])
print("Q", [repr(float(np.float32(c / BOUND ** (2 * i)))) for i, c in enumerate(q_terms)])
print("largest relative error before rounding", error)
