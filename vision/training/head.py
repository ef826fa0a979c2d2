"""The learnt half of a step's network: PCA and multinomial logistic regression, folded into one matrix.

There are fewer pictures than features, so the PCA is taken from the pictures' Gram matrix. The regression minimises
Σ cross entropy + ½‖W‖² (C = 1) by L-BFGS.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.optimize import minimize

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_COMPONENTS = 200
_ROUNDS = 300


@dataclass(frozen=True, slots=True)
class Head:
    """logits = features · matrix + bias; `matrix` is features × classes. `loss` is the mean cross entropy of the taught pictures."""

    matrix: Floats
    bias: Floats
    loss: float

    def logits(self, features: Floats) -> Floats:
        """Pictures × features → pictures × classes."""
        return features @ self.matrix + self.bias


def gram(features: Floats) -> Doubles:
    """Inner products of the pictures with each other, not centred; a subset's is a piece of it."""
    return np.asarray(features @ features.T, np.float64)


def fit_head(features: Floats, products: Doubles, classes: NDArray[np.intp], count: int, round_done: Callable[[float], None]) -> Head:
    """Fit on pictures × features with their class numbers 0..count−1. `products` is `gram(features)`; `round_done` gets the loss."""
    pictures = len(features)
    shares = np.full(pictures, 1 / pictures)
    row = products @ shares
    centred = products - row[:, None] - row[None, :] + float(shares @ row)
    scale = np.sqrt(np.trace(centred) / pictures)
    keep = min(_COMPONENTS, pictures - 1)
    values, vectors = eigh(centred / scale**2, subset_by_index=(pictures - keep, pictures - 1))
    strong = values > 1e-6
    values, vectors = values[strong], vectors[:, strong]
    scores = vectors * np.sqrt(values)
    spread = float(np.sqrt((scores**2).mean()))
    weights, bias, loss = _regression(scores / spread, classes, count, round_done)
    mixing = vectors / np.sqrt(values) @ weights.T / (spread * scale * scale)
    mixing = mixing - mixing.mean(0)
    matrix = np.asarray(features.T @ mixing.astype(np.float32), np.float32)
    middle = (features.T @ shares.astype(np.float32)).astype(np.float64)
    return Head(matrix, np.asarray(bias - middle @ matrix, np.float32), loss)


def _regression(
    scores: Doubles, classes: NDArray[np.intp], count: int, round_done: Callable[[float], None]
) -> tuple[Doubles, Doubles, float]:
    """Weights (classes × components), bias and mean cross entropy."""
    pictures, components = scores.shape
    truth = np.eye(count)[classes]
    loss_now = 0.0

    def cost(flat: Doubles) -> tuple[float, Doubles]:
        nonlocal loss_now
        weights, bias = flat[: count * components].reshape(count, components), flat[count * components :]
        raw = scores @ weights.T + bias
        raw -= raw.max(1, keepdims=True)
        powers = np.exp(raw)
        sums = powers.sum(1, keepdims=True)
        loss = float((np.log(sums[:, 0]) - (raw * truth).sum(1)).sum())
        slope = powers / sums - truth
        loss_now = loss / pictures
        return (loss + 0.5 * float((weights**2).sum())) / pictures, np.r_[(slope.T @ scores + weights).ravel(), slope.sum(0)] / pictures

    found = minimize(
        cost, np.zeros(count * (components + 1)), jac=True, method="L-BFGS-B",
        callback=lambda _: round_done(loss_now), options={"maxiter": _ROUNDS, "gtol": 1e-5},
    )  # fmt: skip
    return found.x[: count * components].reshape(count, components), found.x[count * components :], loss_now
