"""Descent rules that record their path, and the polynomial they are tried on in lesson 1; numpy only.

Every rule is a function from a start to a `Path`: all the points it visited and the loss at each. Nothing is hidden
in an object, so a figure can walk forward and back along the record, and a test can look at any step.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["Path", "gradient_descent", "mse_gradient", "mse_polynomial", "nudge_search", "polynomial"]


@dataclass(frozen=True)
class Path:
    """Where a rule has been: ``points`` (n + 1, d), ``losses`` (n + 1,), ``evaluations`` of the loss it asked for."""

    points: np.ndarray
    losses: np.ndarray
    evaluations: int

    @property
    def last(self):
        """The point where the rule stopped, shape (d,)."""
        return self.points[-1]


def polynomial(k, x):
    """k[0] + k[1] x + k[2] x² + …, for k of shape (d,) and x of any shape; returns the shape of x."""
    x = np.asarray(x, dtype=float)
    value = np.zeros_like(x)
    for coefficient in np.asarray(k, dtype=float)[::-1]:  # Horner's rule: no power is computed twice
        value = value * x + coefficient
    return value


def mse_polynomial(k, x, y):
    """The mean squared error of `polynomial` (k, x) against y: the mean over all points of (prediction - y)²."""
    return float(np.mean((polynomial(k, x) - y) ** 2))


def mse_gradient(k, x, y):
    """The gradient of `mse_polynomial` with respect to k, shape (d,): component i is mean(2 (prediction - y) x^i)."""
    residual = polynomial(k, x) - y
    return np.array([np.mean(2.0 * residual * x**i) for i in range(len(k))])


def gradient_descent(loss, gradient, start, learning_rate, steps):
    """Take `steps` steps, each minus `learning_rate` times the gradient, and record where they led.

    `loss` maps a point (d,) to a number, `gradient` a point to an array (d,). A path that diverges runs on to inf
    and nan, silently: that is what the learner is to see. Raises ValueError for a negative or non-whole `steps`.
    """
    if int(steps) != steps or steps < 0:
        raise ValueError(f"steps must be a whole number, 0 or more, and it is {steps!r}")
    point = np.array(start, dtype=float)
    points, losses = [point], [loss(point)]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(int(steps)):
            point = point - learning_rate * gradient(point)
            points.append(point)
            losses.append(loss(point))
    return Path(np.array(points), np.array(losses), evaluations=0)


def nudge_search(loss, start, evaluations, rng, size=0.1):
    """Blind search: nudge one knob by a random amount, keep the nudge if the loss fell, else put the knob back.

    `evaluations` is how often the loss may be asked, the first time at `start` included; `rng` a NumPy Generator;
    `size` the standard deviation of a nudge, in units of the knob. The path has one point for each evaluation.
    """
    point = np.array(start, dtype=float)
    best = loss(point)
    points, losses = [point], [best]
    for _ in range(int(evaluations) - 1):
        trial = point.copy()
        trial[rng.integers(len(trial))] += rng.normal(0.0, size)
        value = loss(trial)
        if value < best:
            point, best = trial, value
        points.append(point)
        losses.append(best)
    return Path(np.array(points), np.array(losses), evaluations=int(evaluations))
