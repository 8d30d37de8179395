"""How long the engine takes: Value beside micrograd, hand-written NumPy, HIPS autograd and, where installed, PyTorch.

Everything runs on one thread, in one process, in interleaved rounds; README.md beside this file says what is measured.
"""

import os

for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # before NumPy is loaded

import argparse
import functools
import gc
import itertools
import json
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import autograd
import autograd.numpy as anp
import micrograd.engine
import numpy as np
from autograd.scipy.special import logsumexp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from helpers.data import load_digits
from helpers.value import Value, cross_entropy

try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None

RATE = 0.1


# ---- Two half moons: 100 points, a net 2-16-16-1 with relu, hinge loss and weight decay, one training step.
# It is the demonstration that micrograd ships, with moons drawn by the formula instead of by a library.


def moons(n=100):
    rng = np.random.default_rng(1337)
    t = np.pi * rng.random(n // 2)
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)
    X = np.concatenate([upper, [1, 0.5] - upper]) + 0.1 * rng.normal(size=(n, 2))
    return X, np.repeat([1.0, -1.0], n // 2)


def start(sizes, seed=1):
    rng = np.random.default_rng(seed)
    return [
        part
        for n, m in itertools.pairwise(sizes)
        for part in (rng.uniform(-1, 1, (n, m)) / np.sqrt(n), np.zeros(m))
    ]


def moons_scalars(Number):
    """One step with a number a node, in the way micrograd's own classes compute it."""
    X, y = moons()
    arrays = start([2, 16, 16, 1])
    layers = [
        ([[Number(float(w)) for w in column] for column in W.T], [Number(float(v)) for v in b])
        for W, b in zip(arrays[::2], arrays[1::2], strict=True)
    ]
    parameters = [p for W, b in layers for column in [*W, b] for p in column]

    def net(x):
        for depth, (W, b) in enumerate(layers):
            x = [sum((w * v for w, v in zip(column, x, strict=True)), bias) for column, bias in zip(W, b, strict=True)]
            x = [v.relu() for v in x] if depth < 2 else x
        return x[0]

    def step():
        scores = [net([Number(v) for v in row]) for row in X.tolist()]
        losses = [(1 + -target * score).relu() for target, score in zip(y.tolist(), scores, strict=True)]
        loss = sum(losses) * (1 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = 0
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return loss.data

    return step


def moons_value():
    X, y = moons()
    W1, b1, W2, b2, W3, b3 = parameters = [Value(p) for p in start([2, 16, 16, 1])]

    def step():
        h = ((X @ W1 + b1).relu() @ W2 + b2).relu()
        loss = (1 - y[:, None] * (h @ W3 + b3)).relu().mean() + 1e-4 * sum((p * p).sum() for p in parameters)
        for p in parameters:
            p.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return loss.data

    return step


def moons_numpy():
    X, y = moons()
    parameters = start([2, 16, 16, 1])
    t = y[:, None]

    def step():
        W1, b1, W2, b2, W3, b3 = parameters
        a1 = X @ W1 + b1
        h1 = np.maximum(a1, 0)
        a2 = h1 @ W2 + b2
        h2 = np.maximum(a2, 0)
        margin = 1 - t * (h2 @ W3 + b3)
        loss = np.maximum(margin, 0).mean() + 1e-4 * sum((p * p).sum() for p in parameters)
        ds = np.where(margin > 0, -t, 0) / len(t)
        da2 = (ds @ W3.T) * (a2 > 0)
        da1 = (da2 @ W2.T) * (a1 > 0)
        grads = [X.T @ da1, da1.sum(0), h1.T @ da2, da2.sum(0), h2.T @ ds, ds.sum(0)]
        for p, g in zip(parameters, grads, strict=True):
            p -= RATE * (g + 2e-4 * p)
        return loss

    return step


def moons_autograd():
    X, y = moons()
    parameters = start([2, 16, 16, 1])
    t = y[:, None]

    def loss(parts):
        W1, b1, W2, b2, W3, b3 = parts
        h = anp.maximum(anp.dot(anp.maximum(anp.dot(X, W1) + b1, 0), W2) + b2, 0)
        return anp.mean(anp.maximum(1 - t * (anp.dot(h, W3) + b3), 0)) + 1e-4 * sum(anp.sum(p * p) for p in parts)

    both = autograd.value_and_grad(loss)

    def step():
        value, grads = both(parameters)
        for p, g in zip(parameters, grads, strict=True):
            p -= RATE * g
        return value

    return step


def moons_torch():
    X, y = (torch.tensor(part) for part in moons())
    parameters = [torch.tensor(p, requires_grad=True) for p in start([2, 16, 16, 1])]
    W1, b1, W2, b2, W3, b3 = parameters
    t = y[:, None]

    def step():
        h = torch.relu(torch.relu(X @ W1 + b1) @ W2 + b2)
        loss = torch.relu(1 - t * (h @ W3 + b3)).mean() + 1e-4 * sum((p * p).sum() for p in parameters)
        for p in parameters:
            p.grad = None
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p -= RATE * p.grad
        return loss.item()

    return step


# ---- Digits: 1797 images, a net 64-32-10 with tanh and cross-entropy, one epoch in batches of 64.


@functools.cache
def digits():
    table = load_digits()
    return table.images / 16, table.labels


def epoch(step):
    X, y = digits()

    def run():
        for first in range(0, len(X), 64):
            loss = step(X[first : first + 64], y[first : first + 64])
        return loss

    return run


def digits_value(fused):
    W1, b1, W2, b2 = parameters = [Value(p) for p in start([64, 32, 10])]

    def step(X, y):
        s = (X @ W1 + b1).tanh() @ W2 + b2
        if fused:
            loss = cross_entropy(s, y)
        else:
            e = (s - s.data.max(axis=1, keepdims=True)).exp()
            loss = -(e[np.arange(len(y)), y] / e.sum(axis=1)).log().mean()
        for p in parameters:
            p.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return loss.data

    return epoch(step)


def digits_numpy():
    parameters = start([64, 32, 10])

    def step(X, y):
        W1, b1, W2, b2 = parameters
        h = np.tanh(X @ W1 + b1)
        s = h @ W2 + b2
        e = np.exp(s - s.max(axis=1, keepdims=True))
        q = e / e.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.mean(np.log(q[rows, y]))
        ds = q.copy()
        ds[rows, y] -= 1
        ds /= len(y)
        da1 = (ds @ W2.T) * (1 - h**2)
        grads = [X.T @ da1, da1.sum(axis=0), h.T @ ds, ds.sum(axis=0)]
        for p, g in zip(parameters, grads, strict=True):
            p -= RATE * g
        return loss

    return epoch(step)


def digits_autograd():
    parameters = start([64, 32, 10])

    def loss(parts, X, y):
        W1, b1, W2, b2 = parts
        s = anp.dot(anp.tanh(anp.dot(X, W1) + b1), W2) + b2
        return anp.mean(logsumexp(s, axis=1) - s[np.arange(len(y)), y])

    both = autograd.value_and_grad(loss)

    def step(X, y):
        value, grads = both(parameters, X, y)
        for p, g in zip(parameters, grads, strict=True):
            p -= RATE * g
        return value

    return epoch(step)


def digits_torch():
    parameters = [torch.tensor(p, requires_grad=True) for p in start([64, 32, 10])]
    W1, b1, W2, b2 = parameters

    def step(X, y):
        s = torch.tanh(torch.from_numpy(X) @ W1 + b1) @ W2 + b2
        loss = torch.nn.functional.cross_entropy(s, torch.from_numpy(y))
        for p in parameters:
            p.grad = None
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p -= RATE * p.grad
        return loss.item()

    return epoch(step)


# ---- The price of a gradient: value and gradient against the value alone, batches of 64 and 512.


def price(batch, with_gradient):
    X, y = (part[:batch] for part in digits())
    W1, b1, W2, b2 = [Value(p) for p in start([64, 32, 10])]

    def run():
        loss = cross_entropy((X @ W1 + b1).tanh() @ W2 + b2, y)
        if with_gradient:
            loss.backward()
        return loss.data

    return run


# ---- Measuring


def measure(contestants, rounds, seconds=0.15):
    """{name: list of seconds a call}, in interleaved rounds, each call often enough to fill `seconds`."""
    often = {}
    for name, run in contestants.items():
        run()
        began = time.perf_counter()
        run()
        often[name] = max(1, int(seconds / (time.perf_counter() - began)))
    times = {name: [] for name in contestants}
    names = list(contestants)
    shuffle = random.Random(0).shuffle
    for _ in range(rounds):
        shuffle(names)
        for name in names:
            gc.collect()  # nobody pays for another's garbage, but each for its own
            run = contestants[name]
            began = time.perf_counter()
            for _ in range(often[name]):
                run()
            times[name].append((time.perf_counter() - began) / often[name])
    return times


def same_result(contestants):
    """Every contestant's first three losses have to be the same, or they don't do the same work."""
    found = {name: [run() for _ in range(3)] for name, run in contestants.items()}
    first = next(iter(found.values()))
    for name, losses in found.items():
        np.testing.assert_allclose(losses, first, rtol=1e-6, err_msg=name)


def bytes_a_node(Number):
    """Memory of one node of a long chain of products, with its gradient, in bytes."""
    x = Number(1.5)
    gc.collect()
    tracemalloc.start()
    chain = x
    for _ in range(400):  # short enough for an engine that walks its graph by recursion
        chain = chain * x
    chain.backward()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size / 400


def import_seconds(module, rounds):
    """Seconds to start Python and import a module, a list."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        times.append(time.perf_counter() - began)
    return times


def table(title, times, against):
    print(f"\n{title}\n")
    print("| way | ms | middle half, ms |" + "".join(f" ÷ {name} |" for name in against))
    print("|---|---|---|" + "---|" * len(against))
    for name, each in times.items():
        low, middle, high = (1000 * q for q in statistics.quantiles(each, n=4))
        ratios = "".join(f" {middle / 1000 / statistics.median(times[other]):.3g} |" for other in against)
        print(f"| {name} | {middle:.4g} | {low:.4g} to {high:.4g} |{ratios}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds (default 9)")
    parser.add_argument("--json", type=Path, help="write every measurement to this file")
    asked = parser.parse_args()
    everything = {}

    moon = {
        "micrograd": moons_scalars(micrograd.engine.Value),
        "Value, scalars": moons_scalars(Value),
        "Value, matrices": moons_value(),
        "NumPy by hand": moons_numpy(),
        "autograd": moons_autograd(),
    } | ({"PyTorch": moons_torch()} if torch else {})
    same_result(moon)
    everything["moons"] = measure(moon, asked.rounds)
    others = ["micrograd", "NumPy by hand", *(["PyTorch"] if torch else [])]
    table("Moons, one training step", everything["moons"], others)

    digit = {
        "Value, fused cross-entropy": digits_value(fused=True),
        "Value, cross-entropy from its parts": digits_value(fused=False),
        "NumPy by hand": digits_numpy(),
        "autograd": digits_autograd(),
    } | ({"PyTorch": digits_torch()} if torch else {})
    same_result(digit)
    everything["digits"] = measure(digit, asked.rounds)
    table("Digits, one epoch", everything["digits"], ["NumPy by hand", "autograd"])

    for batch in (64, 512):
        both = {"value alone": price(batch, False), "value and gradient": price(batch, True)}
        everything[f"price {batch}"] = measure(both, asked.rounds)
        table(f"The price of a gradient, batch of {batch}", everything[f"price {batch}"], ["value alone"])

    memory = {"micrograd": bytes_a_node(micrograd.engine.Value), "Value": bytes_a_node(Value)}
    everything["memory"] = memory
    print("\nMemory of a scalar node: " + ", ".join(f"{name} {size:.0f} bytes" for name, size in memory.items()))

    imports = {"import numpy": [], "import helpers": [], "import helpers.value": []}
    for _ in range(asked.rounds):
        for name in imports:
            imports[name] += import_seconds(name.removeprefix("import "), 1)
    everything["imports"] = imports
    table("Starting Python with one import", imports, ["import numpy"])

    if asked.json:
        asked.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
