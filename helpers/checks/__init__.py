"""Which exercise is declared in which module; a module is loaded when the first of its exercises is asked for."""

import importlib

__all__ = ["load", "names"]

_MODULES = {
    "start_here": ("double", "hello_slope"),
    "curve_fitting": ("axes", "predict", "mse", "nudge_search", "slope", "grad_mse", "fit_hubble"),
    "chain_rule": ("places", "local_slopes", "chain", "derivation", "numdiff", "two_paths", "boiling_rate"),
    "computational_graphs": ("forward_table", "add_mul", "pow_tanh_exp", "topo", "backward", "zero_grad"),
    "backpropagation": (
        "neuron_backward", "dense_backward", "softmax_xent", "gradcheck", "value_step", "train_step", "diagnosis",
    ),
    "learning_rates": (
        "gd_step", "eta_limit", "standardise", "momentum", "minibatches", "updates", "range_test", "my_eta",
        "curve_doctor",
    ),
    "vanishing_gradients": ("chain_gain", "init_std", "layer_norms", "diagnose", "residual", "clip_by_norm"),
    "digit_reader": (
        "data_card", "baseline", "softmax_regression", "fit", "array_engine", "gradients_agree", "reader", "leakage",
        "calibration", "report",
    ),
}


def names():
    """The names of all exercises, in the order of the course."""
    return [name for group in _MODULES.values() for name in group]


def load(name):
    """Load the module that declares the exercise `name`, so that it registers itself; no such name: do nothing."""
    for module, group in _MODULES.items():
        if name in group:
            importlib.import_module(f"{__name__}.{module}")
