"""The exercises of L6: chain_gain, init_std, layer_norms, diagnose, residual, clip_by_norm.

Wrong answers are recomputed from the parts they are made of: a chain's factor, a layer's size, a rule of the diagnosis.
Words and lists of arrays become a row of numbers on their way from the learner's function to the check.
"""

import functools
import math
from dataclasses import replace
from itertools import combinations, permutations

import numpy as np

from ..checking import Case, Exercise, Mistake, Trouble, Verdict, case, close, numbers, one_line, register, show
from ..guard import Limits
from ..network import Network, cross_entropy
from .common import Between, any_blank, as_part, in_a_row, length, read_by, verdict_on
from .fixtures import drawn, fixture_rng, shaken

LESSON = "06_vanishing_gradients"
LIMITS = Limits()

_read_by = functools.partial(read_by, limits=lambda: LIMITS)


def _unlike_the_truth(exercise):
    """The exercise without those variants of its mistakes that give the right answer on all its cases."""

    def differs(wrong):
        inputs = [each.make for each in exercise.cases]
        return not all(close(wrong(*make()), exercise.truth(*make()), 20 * exercise.rtol) for make in inputs)

    kept = [replace(each, wrong=tuple(filter(differs, each.variants)) or None) for each in exercise.mistakes]
    return replace(exercise, mistakes=tuple(kept))


# 1 chain_gain: a product of one factor per link

START = 0.5


def _sigmoid(a):
    return 1 / (1 + math.exp(-a)) if a > -700 else 0.0


_ACT = {"sigmoid": _sigmoid, "tanh": math.tanh, "relu": lambda a: max(a, 0.0)}
_SLOPE = {
    "sigmoid": lambda a: _sigmoid(a) * _sigmoid(-a),
    "tanh": lambda a: 1 / math.cosh(a) ** 2 if abs(a) < 300 else 0.0,
    "relu": lambda a: float(a > 0),
}
_STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
_FROM_VALUE = {"sigmoid": lambda h: h * (1 - h), "tanh": lambda h: 1 - h * h}
_OTHERS_SLOPE = {"sigmoid": _FROM_VALUE["tanh"], "tanh": _FROM_VALUE["sigmoid"]}


def _links(w, act, depth, start=START):
    """What lies on the wires of each link: (v, a, out)."""
    v = start
    for _ in range(depth):
        a = w * v
        out = _ACT[act](a)
        yield v, a, out
        v = out


def _factor(w, act, v, a, out):
    return w * _SLOPE[act](a)


def _gain(factor=_factor, acts=tuple(_ACT), start=START, join=math.prod, size=abs):
    """chain_gain with `factor(w, act, v, a, out)` for the activations in `acts`, and the right one for the others."""

    def chain_gain(w, act, depth):
        of = factor if act in acts else _factor
        return size(join([of(w, act, *link) for link in _links(w, act, depth, start)]))

    return chain_gain


def _for_some(*factors, among=tuple(_ACT)):
    """The chain with a wrong factor: in all three activations, in two, in one; one of those in `among` is in it."""
    some = [acts for size in (3, 2, 1) for acts in combinations(_ACT, size) if set(acts) & set(among)]
    return tuple(_gain(factor, acts) for factor in factors for acts in some)


def _same_place(pick):
    """One link's factor, found by pick(factors), to the power of the depth."""
    return _gain(join=lambda factors: pick(factors) ** len(factors))


def _without_weight_on_the_way(w, act, depth):
    return _gain()(1.0, act, depth) * abs(w) ** depth


_chain_gain = _gain()
_DEEP = (("sigmoid", 1.0, 30), ("sigmoid", 1.0, 100), ("tanh", 1.5, 100))
_DEPTH_0 = "right for every chain with links; for depth 0, where nothing lies between in and out, your function {}."


def _probe_gain(report):
    """Depth 0, and chains so deep that only a product of factors still sees the slope."""
    if not all(report.gives(_chain_gain(*each.make()), i) for i, each in enumerate(report.exercise.cases)):
        return None
    raw = report.call(1.0, "tanh", 0)
    value = raw if isinstance(raw, Trouble) else numbers(raw, (), "one number")
    if isinstance(value, Trouble) or not close(value, 1.0):
        does = "gives no number" if isinstance(value, Trouble) else f"gives {show(value)}"
        return verdict_on(report.exercise, "empty", _DEPTH_0.format(does))
    for act, w, depth in _DEEP:
        raw, true = report.call(w, act, depth), _chain_gain(w, act, depth)
        value = raw if isinstance(raw, Trouble) else numbers(raw, (), "one number")
        if isinstance(value, Trouble):
            return value
        if not abs(value / true - 1) < 1e-4:
            size = f"about 10 to the power of {round(math.log10(true))}"
            said = f"right for short chains; for {depth} links ({act}, w = {w:g}) it gives {show(value)}, not {size}."
            return verdict_on(report.exercise, "deep", said)
    return None


def _gain_case(act, w, depth):
    return case(f'w = {w:g}, "{act}", depth {depth}', w, act, depth)


CHAIN_GAIN = Exercise(
    name="chain_gain", lesson=LESSON, parameters=("w", "act", "depth"),
    example='chain_gain(2.0, "tanh", 3)',
    cases=tuple(
        _gain_case(*each)
        for each in (
            ("sigmoid", 2.0, 3), ("tanh", 1.0, 10), ("relu", 0.5, 4), ("tanh", shaken(3, 0.7), 1), ("sigmoid", 1.0, 2),
            ("tanh", shaken(4, -1.5), 3), ("relu", shaken(5, 3.0), 3), ("sigmoid", shaken(6, -3.0), 3),
            ("relu", -1.0, 2), ("sigmoid", 8.0, 2),
        )
    ),
    truth=_chain_gain,
    what="the size of the slope of the whole chain",
    known="one factor a link, w times the slope where that link stands, for depths from 0 to 100.",
    question="Which two numbers make the factor of one link, and where is the second one taken?",
    pointer="Walk along the chain: at each link a = w·v, the factor is w times the activation's slope at this a, and "
    "act(a) is the v of the next link.",
    step="relu, w = 2, two links from 0.5: a = 1, factor 2 · 1, v = 1; then a = 2, factor 2 · 1. The gain is 4. For "
    "sigmoid the factors change from link to link, since a does.",
    mistakes=(
        Mistake("A36", "your gain is w to the power of the depth: the activations take no part in it.",
            "You made the weight eight times larger and the slope got smaller. Where on the S-curve does the unit sit?",
            "A link is two machines, w times v and then act. Each has a slope.",
            "sigmoid, w = 1: the weights alone say 1. Each link also brings a factor of at most ¼.",
            wrong=_for_some(lambda w, act, v, a, out: w, among=("sigmoid",))),
        Mistake("slope-at-0", "every link of yours has the slope that the activation has at 0.",
            "With w = 8, where on the S-curve does the second link sit?",
            "¼ for sigmoid and 1 for tanh are the steepest places. A link stands at its own a = w·v.",
            "tanh at a = 0: slope 1. At a = 2: 0.07. A large w drives a away from 0.",
            wrong=_for_some(
                lambda w, act, v, a, out: w * _STEEPEST[act], lambda w, act, v, a, out: w * _SLOPE[act](0.0),
                among=("sigmoid", "tanh"),
            )),
        Mistake("weight-missing", "the weight is left out: each factor of yours is the activation's slope alone.",
            "Before act there is w·v. If v moves by 0.01, how far does w·v move?",
            "A link is two machines in a row. Their slopes multiply.",
            "relu, w = 3: v from 1 to 1.01 moves w·v by 0.03. One such link has factor 3.",
            wrong=(*_for_some(lambda w, act, v, a, out: _SLOPE[act](a)), lambda w, act, d: _gain()(1.0, act, d))),
        Mistake("weight-not-forward",
            "on the way forward your chain runs without the weight, v ← act(v), so the slopes are taken elsewhere.",
            "What arrives at the activation of the first link: 0.5, or w times 0.5?",
            "The weight works twice: it moves the place where the slope is taken, and it is a factor.",
            "tanh, w = 2: the first slope is taken at a = 1, and there it is 0.42. At 0.5 it would be 0.79.",
            wrong=_without_weight_on_the_way),
        Mistake("weight-once", "the weight stands in your product once; every link has it.",
            "How many links multiply by w on the way?",
            "The factor of a link is w times a slope. Both belong into the loop.",
            "relu, w = 3, three links: 3 · 3 · 3 = 27.",
            wrong=lambda w, act, depth: abs(w) * _gain(lambda w, act, v, a, out: _SLOPE[act](a))(w, act, depth)),
        Mistake("weight-squared", "the weight stands in each factor twice.",
            "If v moves by 0.01, how far does w·v move?",
            "Does your slope function know of w already?",
            "relu, w = 3, one link: the factor is 3, not 9.",
            wrong=_for_some(lambda w, act, v, a, out: w * _factor(w, act, v, a, out))),
        Mistake("A13", "a formula that wants the activation's value is fed with a, the number that goes in.",
            "tanh never falls, yet 1 − a² is negative at a = 2. Which stored value belongs in the square?",
            "h·(1 − h) and 1 − h² are written for h = act(a), what comes out of the link.",
            "tanh at a = 2: h = 0.964, slope 1 − 0.929 = 0.071.",
            wrong=_for_some(lambda w, act, v, a, out: w * _FROM_VALUE.get(act, _SLOPE["relu"])(a))),
        Mistake("at-output", "each slope is taken at the number that comes out of its link.",
            "Have you moved on to the next v before you ask for the slope?",
            "First a = w·v, then the slope at this a, then the step to act(a).",
            "tanh at a = 2: its slope there is 0.07. At the output, 0.96, it would be 0.45.",
            wrong=_for_some(
                lambda w, act, v, a, out: w * _SLOPE[act](out), lambda w, act, v, a, out: w * _SLOPE[act](w * out),
            )),
        Mistake("at-input", "each slope is taken at v; the activation stands behind the weight.",
            "What number does the activation actually receive?",
            "It receives a = w·v. There its slope is taken.",
            "tanh, v = 0.5, w = 4: the slope at a = 2 is 0.07. At 0.5 it would be 0.79.",
            wrong=_for_some(
                lambda w, act, v, a, out: w * _SLOPE[act](v),
                lambda w, act, v, a, out: w * _FROM_VALUE.get(act, _SLOPE["relu"])(v),
            )),
        Mistake("same-place", "all your links have the slope of one of them: the place does not move along the chain.",
            "Is the v of the second link still 0.5?",
            "Inside the loop v has to become act(w·v) before the next link is looked at.",
            "tanh, w = 2: a is 1 in the first link and 2 · 0.76 = 1.52 in the second. The slopes are 0.42 and 0.17.",
            wrong=(
                _same_place(lambda factors: factors[0]), _same_place(lambda factors: factors[-1]),
                *_for_some(lambda w, act, v, a, out: w * _SLOPE[act](START), among=("sigmoid", "tanh")),
            )),
        Mistake("A25", "the slope belongs to another activation: sigmoid's and tanh's are mixed up.",
            "What is the steepest slope of tanh, and what does your formula say at a = 0?",
            "With h the value: one slope is h·(1 − h), the other 1 − h². At a = 0 they are ¼ and 1.",
            "tanh at 0: h = 0, so 1 − h² = 1. h·(1 − h) would be 0, and tanh isn't flat there.",
            wrong=_for_some(lambda w, act, v, a, out: w * _OTHERS_SLOPE.get(act, _SLOPE["relu"])(out))),
        Mistake("relu-slope", "relu's slope is 0 on the left of 0 and 1 on its right; yours is something else.",
            "If a = 3 moves by 0.01, how far does relu(a) move? And if a = −3 does?",
            "relu's value is one thing, how fast it changes another.",
            "relu at 3 is 3, at 3.01 it is 3.01: slope 1. At −3 and −2.99 it is 0: slope 0.",
            wrong=(
                _gain(lambda w, act, v, a, out: w * out, ("relu",)), _gain(lambda w, act, v, a, out: w, ("relu",)),
                _gain(lambda w, act, v, a, out: w * a, ("relu",)),
            )),
        Mistake("A10", "you add the factors of the links.",
            "If one gear is stuck (slope 0), can the last gear still turn?",
            "Links one after the other multiply: each stretches the nudge that comes in.",
            "Factors 2 and 3: a nudge of 0.01 becomes 0.02, then 0.06. That is 6 times as long.",
            wrong=(
                _gain(join=sum), _gain(join=lambda factors: 1 + sum(factors)),
                _gain(lambda w, act, v, a, out: abs(_factor(w, act, v, a, out)), join=sum),
            )),
        Mistake("A11", "your product has one link too few or too many.",
            "Count links and count factors. How many factors does depth 1 have?",
            "range(depth) runs depth times. Begin it at 0, and with v = 0.5.",
            "relu, w = 3, depth 1: the gain is 3. Depth 2: 9.",
            wrong=(
                lambda w, act, depth: _chain_gain(w, act, depth - 1),
                lambda w, act, depth: _chain_gain(w, act, depth + 1),
                _gain(join=lambda factors: math.prod(factors[1:])),
            )),
        Mistake("one-link", "your gain is that of one link alone; the others are lost.",
            "What happens to the first factor when the loop comes to the second?",
            "`gain = …` throws away what gain was, and a `return` in the loop ends it. The factors must be collected.",
            "relu, w = 3: after the first round 3, after the second 9. Print yours.",
            wrong=(_gain(join=lambda factors: factors[0]), _gain(join=lambda factors: factors[-1]))),
        Mistake("start", "your chain starts at another number than x = 0.5.",
            "Which v does the first link receive?",
            "The task says where: x = 0.5. Everything further along depends on it.",
            "tanh, w = 2: from 0.5 the first a is 1. From 1 it would be 2, and the slope six times smaller.",
            wrong=(_gain(start=0.0), _gain(start=1.0), lambda w, act, depth: _gain(start=w)(w, act, depth))),
        Mistake("starts-at-x", "your product starts at 0.5, so the gain is half of what it should be.",
            "Which number can you multiply by without changing anything?",
            "0.5 is where the value starts. The product of slopes is another variable with another start.",
            "relu, w = 1: every factor is 1, and so is the gain.",
            wrong=lambda w, act, depth: START * _chain_gain(w, act, depth)),
        Mistake("starts-at-zero", "your gain is 0 for every chain.",
            "Which number can you multiply by without changing anything?",
            "A sum starts at 0. What does a product start at?",
            "0 · 3 · 3 = 0, and 1 · 3 · 3 = 9.", wrong=lambda w, act, depth: 0.0),
        Mistake("value", "your function returns the number that comes out of the chain; its slope is asked for.",
            "If x moves by 0.01, how far does the last number move?",
            "Two numbers run along: the value v, and the product of the factors so far.",
            "relu, w = 3, one link: 1.5 comes out. At 0.51 it would be 1.53, so the gain is 3.",
            wrong=(
                lambda w, act, depth: list(_links(w, act, depth))[-1][2],
                lambda w, act, depth: list(_links(w, act, depth))[-1][2] / START,
            )),
        Mistake("sign", "the size is right; where w is negative yours has a minus in front of it.",
            "Can the size of a slope be negative?",
            "The gain is |d out / d in|. Which function takes away a sign?",
            "relu, w = 3 and w = −3 stretch a nudge by the same: the gain says by how much, not to which side.",
            wrong=_gain(size=lambda gain: gain)),
        Mistake("per-link", "your number is an average over the links; the gain of the whole chain is asked for.",
            "Ten links shrink a nudge to a half each. What is left after all ten?",
            "No division by the depth and no root: the factors are multiplied, that's all.",
            "relu, w = 0.5, four links: 0.5 · 0.5 · 0.5 · 0.5 = 0.0625.",
            wrong=(
                lambda w, act, depth: _chain_gain(w, act, depth) ** (1 / depth),
                _gain(join=lambda factors: sum(factors) / len(factors)),
                lambda w, act, depth: _chain_gain(w, act, depth) / depth,
            )),
        Mistake("list", "your function returns a number for each link; one for the whole chain is asked for.",
            "What becomes of a nudge that passes all the links?",
            "Multiply the factors together and return the product.",
            "Factors 3, 3, 3: the gain is 27.",
            wrong=(_gain(join=np.array), _gain(join=np.cumprod), _gain(join=np.array, size=lambda factors: factors))),
        Mistake("deep", "for deep chains your slope drowns in rounding.",
            "How small a change can a float still see beside 0.66, and how small is the one you look for?",
            "A nudge of 1e-5 that shrinks below 1e-16 of the value is gone. A product of factors has no such floor.",
            "0.66 + 1e-18 == 0.66 is True in Python, and 0.25 ** 100 is 6.2e-61, not 0."),
        Mistake("empty", "right for every chain with links, and wrong for depth 0.",
            "If nothing lies between in and out, how far does the output move when the input moves by 0.01?",
            "Begin with the factor that changes nothing, then loop.",
            "No link: 0.5 goes in and 0.5 comes out, 0.51 goes in and 0.51 comes out. That slope is 1."),
    ),
    probe=_probe_gain,
)
CHAIN_GAIN = _unlike_the_truth(CHAIN_GAIN)


# 2 init_std: each kind is looked at by itself

KINDS = ("he", "xavier")
_FANS = (
    (50, 200),
    drawn(1, (64, 32), lambda rng: (int(rng.integers(60, 90)), int(rng.integers(20, 45)))),
    (9, 400),
    drawn(2, (300, 10), lambda rng: (int(rng.integers(200, 400)), int(rng.integers(7, 20)))),
)
_VARIANCE = {"he": lambda i, o: 2 / i, "xavier": lambda i, o: 2 / (i + o)}


def _init_std(fan_in, fan_out, kind):
    return math.sqrt(_VARIANCE[kind](fan_in, fan_out))


_FAN = {"he": lambda i, o: i, "xavier": lambda i, o: i + o}
_STD = (  # name, for which kinds, what comes out for fan_in, fan_out and n = the fan of that kind
    ("A38", KINDS, lambda i, o, n: 0.0),
    ("A37", KINDS, lambda i, o, n: 2 / n),
    ("A37", KINDS, lambda i, o, n: 1 / n),
    ("A37", ("he",), lambda i, o, n: 2 / o),
    ("A37", ("xavier",), lambda i, o, n: 1 / i),
    ("fan-out", KINDS, lambda i, o, n: math.sqrt(2 / o)),
    ("fan-out", ("xavier",), lambda i, o, n: math.sqrt(1 / o)),
    ("fan-in-only", ("xavier",), lambda i, o, n: math.sqrt(1 / i)),
    ("kinds", ("he",), lambda i, o, n: math.sqrt(2 / (i + o))),
    ("kinds", ("xavier",), lambda i, o, n: math.sqrt(2 / i)),
    ("numerator", KINDS, lambda i, o, n: math.sqrt(1 / n)),
    ("uniform", KINDS, lambda i, o, n: math.sqrt(6 / n)),
    ("uniform", KINDS, lambda i, o, n: math.sqrt(3 / n)),
    ("half-root", KINDS, lambda i, o, n: math.sqrt(2) / n),
    ("half-root", KINDS, lambda i, o, n: 2 / math.sqrt(n)),
    ("upside-down", KINDS, lambda i, o, n: math.sqrt(n / 2)),
    ("upside-down", KINDS, lambda i, o, n: math.sqrt(n)),
    ("product", KINDS, lambda i, o, n: math.sqrt(2 / (i * o))),
    ("parentheses", ("xavier",), lambda i, o, n: math.sqrt(2 / i + o)),
    ("parentheses", ("xavier",), lambda i, o, n: math.sqrt(2 / i) + o),
)


def _kind_found(report):
    """(the first kind that is off, the name of what explains it or None, how the other kind fares), or None."""
    names = {}
    for kind in KINDS:
        rows = [k for k, each in enumerate(report.exercise.cases) if each.make()[2] == kind]
        got, fans = [report.values[k] for k in rows], [report.exercise.cases[k].make()[:2] for k in rows]
        if close(got, [_init_std(*fan, kind) for fan in fans]):
            continue
        fitting = (
            name for name, kinds, std in _STD if kind in kinds
            if close(got, [std(*fan, _FAN[kind](*fan)) for fan in fans])
        )  # fmt: skip
        names[kind] = next(fitting, "typed" if close(got, [got[0]] * len(got)) else None)
    if not names:
        return None
    kind = next(iter(names))
    return kind, names[kind], names


def _probe_std(report):
    """Names the slip in the first kind that is off, unless one constant ratio or one constant explains both."""
    found = _kind_found(report)
    if found is None:
        return None
    kind, name, names = found
    same = [close(value, report.values[0]) for value in report.values]
    if name is None or (name == "typed" and all(same)):
        return None
    says = report.exercise.mistake(name).says
    if name == "kinds" and len(names) == 2 and set(names.values()) == {"kinds"}:
        return verdict_on(report.exercise, name, "the two kinds have changed places: each gets the other's formula.")
    return verdict_on(report.exercise, name, f'for "{kind}" {says}')


def _table_returned(equal):
    """Whether the learner returns a table of weights, all equal or not, in place of their spread."""

    def seen(report):
        raw, (i, o, _) = report.raw[0], report.exercise.cases[0].make()
        table = type(raw) is np.ndarray and raw.dtype.kind in "iuf" and raw.shape in ((i, o), (o, i))
        return table and bool(np.all(raw == raw.flat[0])) == equal

    return seen


INIT_STD = Exercise(
    name="init_std", lesson=LESSON, parameters=("fan_in", "fan_out", "kind"),
    example='init_std(50, 200, "he")',
    cases=tuple(case(f'({i}, {o}, "{kind}")', i, o, kind) for i, o in _FANS for kind in KINDS),
    truth=_init_std,
    what="the standard deviation of that kind",
    known="both kinds, as standard deviations, for narrow and for wide layers.",
    question="Which variance does this kind give the weights, and how does a spread follow from a variance?",
    pointer="He: variance 2/fan_in. Xavier: variance 2/(fan_in + fan_out). A standard deviation is the root of it.",
    step="A layer of 8 inputs and 24 outputs: He's variance is 2/8 = 0.25, its root 0.5. Xavier's is 2/32 = 0.0625, "
    "its root 0.25.",
    mistakes=(
        Mistake("A37", "your function returns a variance.",
            "Which second argument does `normal` expect: spread or squared spread?",
            "rng.normal(0, s) takes the standard deviation, the root of the variance.",
            "Variance 0.25: most numbers lie within ±0.5, and 0.5 is what normal wants."),
        Mistake("A38", "there is no spread at all: all weights would start equal.",
            "Swap two hidden units. Does anything change? Will it ever?",
            "Units that start equal get equal gradients and stay equal. The random spread tells them apart.",
            "32 units with all weights 0.05 compute 32 times the same number, after every update too.",
            seen=_table_returned(equal=True)),
        Mistake("fan-out", "you count the outputs where the inputs belong.",
            "Over which of the two does one unit sum: over its inputs or over its neighbours?",
            "A sum of n terms has n times the variance of one. n is the number of things that flow into the unit.",
            "8 inputs, 24 outputs: each unit adds up 8 products, however many units stand beside it."),
        Mistake("fan-in-only", "your variance is 1/fan_in: it keeps the way forward steady and forgets the way back.",
            "Over how many terms does the gradient of one input sum on the way back?",
            "Forward wants 1/fan_in, backward wants 1/fan_out. Xavier takes the mean of the two fans. (Some programs "
            "use your version under the same name.)",
            "8 inputs, 24 outputs: the mean fan is 16, the variance 1/16, the spread 0.25."),
        Mistake("kinds", "your function uses the formula of the other kind.",
            "Which of the two was made for relu, and which one looks at both sides of the layer?",
            "He doubles for the half that relu silences and counts inputs. Xavier counts inputs and outputs.",
            "8 inputs, 24 outputs: He 0.5, Xavier 0.25."),
        Mistake("numerator", "under your root stands a 1 where a 2 belongs.",
            "How much of the variance does relu let through? And how is a mean of two fans written?",
            "He: relu halves what comes through, so the weights double it. Xavier: 1 over the mean of two fans.",
            "8 inputs, 24 outputs: the mean fan is (8 + 24)/2 = 16, and 1/16 = 2/32."),
        Mistake("uniform", "your number is the limit for uniform random numbers, or has its 3 in it.",
            "Are numbers between −a and a spread by a, or by less?",
            "Uniform numbers up to ±a have the standard deviation a/√3. That deviation itself is asked for.",
            "Uniform between −0.6 and 0.6: standard deviation 0.35."),
        Mistake("half-root", "the root covers only a part of the fraction.",
            "Where does the bracket after sqrt close?",
            "np.sqrt(2 / n) takes the root of the whole fraction.",
            "n = 8: the root of 2/8 is 0.5. √2/8 is 0.18, and 2/√8 is 0.71."),
        Mistake("upside-down", "your fraction stands on its head: more inputs give larger weights.",
            "A unit adds up more and more inputs. Should each weight grow or shrink to keep the sum in size?",
            "The fan belongs below the line.",
            "8 inputs: spread 0.5. 32 inputs: 0.25, four times as many and half as large."),
        Mistake("product", "you divide by fan_in times fan_out.",
            "How many products does one unit add up?",
            "A unit sums over its inputs. The size of the whole table of weights plays no part.",
            "8 inputs, 24 outputs: one unit adds up 8 products, not 192."),
        Mistake("parentheses", "the outputs are added after the division.",
            "In `2 / 8 + 24`, what does Python compute first?",
            "Both fans belong below the line, in brackets.",
            "2 / 8 + 24 is 24.25, and 2 / (8 + 24) is 0.0625."),
        Mistake("typed", "your function returns the same number for every layer.",
            "Would a layer of 9 inputs and one of 300 start with the same spread?",
            "Compute it from the fans: then one line serves all layers.",
            "He: 8 inputs 0.5, 32 inputs 0.25."),
        Mistake("weights",
            "your function returns a table of random weights; their standard deviation is asked for, one number.",
            "With which number would you multiply rng.normal(size=…)?",
            "Drawing comes later. Here only the spread is computed.",
            "8 inputs, He: return 0.5, and leave the drawing to the layer.", seen=_table_returned(equal=False)),
    ),
    probe=_probe_std,
)


# 3 layer_norms


def _backward(network, X, y, loss=cross_entropy):
    network.zero_grad()
    loss(network(X), y).backward()
    return network


def _norms_of(number=lambda layer: length(layer.W.grad), run=_backward, then=list):
    """A layer_norms: `run` fills in the gradients, `number` says something of each layer, `then` changes the list."""

    def layer_norms(network, X, y):
        run(network, X, y)
        return then([number(layer) for layer in network.layers])

    return layer_norms


def _without_zero(network, X, y):
    cross_entropy(network(X), y).backward()


def _squared_loss(logits, y):
    return ((logits - np.eye(logits.shape[1])[y]) ** 2).mean()


def _with(loss):
    return lambda network, X, y: _backward(network, X, y, loss)


def _of_dW(number):
    return _norms_of(lambda layer: number(layer.W.grad))


def _activations(network, X, y):
    sizes = []
    for layer in network.layers:
        X = layer(X)
        sizes.append(length(X.data))
    return sizes


def _net_case(label, sizes, activation, init, rows, seed):
    """A network with notes left over from an earlier batch, and a batch."""

    def make():
        rng = fixture_rng(seed)
        network = Network(sizes, activation, init, rng)
        for parameter in network.parameters():
            parameter.grad = 0.3 * rng.normal(size=parameter.shape)
        return network, rng.normal(size=(rows, sizes[0])), rng.integers(0, sizes[-1], rows)

    return Case(label, make)


def _weights_moved(report):
    """Whether a call leaves other weights or biases behind than it found."""
    network, X, y = report.exercise.cases[0].make()
    before = [np.copy(parameter.data) for parameter in network.parameters()]
    report.call(network, X, y)
    return any(
        not close(parameter.data, old, 1e-9) for parameter, old in zip(network.parameters(), before, strict=True)
    )


def _arrays_in(report, like):
    """Whether the learner returns, layer by layer, arrays that have the shape `like(W)`."""
    raw, (network, *_) = report.raw[0], report.exercise.cases[0].make()
    return (
        type(raw) in (list, tuple)
        and len(raw) == len(network.layers)
        and all(type(each) is np.ndarray and each.dtype.kind == "f" for each in raw)
        and [each.shape for each in raw] == [like(layer.W.data).shape for layer in network.layers]
    )


LAYER_NORMS = Exercise(
    name="layer_norms", lesson=LESSON, parameters=("network", "X", "y"),
    example="layer_norms(Network([4, 6, 3]), np.ones((5, 4)), np.array([0, 1, 2, 0, 1]))",
    cases=(
        _net_case("a tanh network 4-6-3", [4, 6, 3], "tanh", "xavier", 7, 1),
        _net_case("a relu network 3-5-4-2", [3, 5, 4, 2], "relu", "he", 9, 2),
        _net_case("a single layer 5-3", [5, 3], "tanh", "xavier", 6, 3),
        _net_case("a sigmoid network of five layers", [4, 5, 5, 5, 5, 3], "sigmoid", 2.0, 8, 4),
        _net_case("a tanh network 2-8-8-4 with larger weights", [2, 8, 8, 4], "tanh", 1.5, 5, 5),
    ),
    truth=_norms_of(),
    shape=lambda network, X, y: (len(network.layers),),
    shape_words="one number for each layer",
    size=lambda network, X, y: len(X),
    what="the length of the loss's gradient for each layer's W",
    known="one norm for each layer, first to last, from fresh gradients, and the network as it was.",
    question="Which four things happen before you can read W.grad of each layer?",
    pointer="Zero the gradients, run forward, take the cross-entropy, run backward. Then np.linalg.norm of each "
    "layer.W.grad, from the first layer to the last.",
    step="If W.grad of a layer is [[3, 0], [0, 4]], its norm is √(9 + 16) = 5: this layer's entry in the list.",
    mistakes=(
        Mistake("weights-changed", "after the call the network has other weights than before.",
            "Backward fills in the notes. Who moves the knobs, and did anybody ask for it?",
            "An X-ray looks and leaves everything in its place: no update, no `data = …`.",
            "Z, F, B: zero, forward, backward. The fourth letter, U, is for training.", seen=_weights_moved),
        Mistake("per-unit", "for each layer your function returns a row of norms, one a unit.",
            "What does `axis=` do in norm, and what happens without it?",
            "All entries of the table go into one length.",
            "[[3, 0], [0, 4]]: by columns 3 and 4, in one 5.",
            seen=lambda report: any(_arrays_in(report, lambda W, axis=axis: W.sum(axis=axis)) for axis in (0, 1))),
        Mistake("arrays", "your function returns the gradients themselves; their lengths are asked for.",
            "How do you make one number of a whole table?",
            "np.linalg.norm of each table, or the root of the sum of its squares.",
            "[[3, 0], [0, 4]] has the norm 5.", seen=lambda report: _arrays_in(report, lambda W: W)),
        Mistake("A15", "the gradients from before your call are still in your sums.",
            "Who has called backward before you, and where did those numbers go?",
            "Leaves add up until they are zeroed. network.zero_grad() comes first.",
            "A note of 2 is left over, backward brings 3: the note says 5.", wrong=_norms_of(run=_without_zero)),
        Mistake("no-backward", "your norms are those of old notes: no backward ran after them.",
            "Which call fills in W.grad?",
            "Build the loss, then loss.backward(). Only then the notes speak about this batch.",
            "Z, F, B: without B every note is what it was.", wrong=_norms_of(run=lambda network, X, y: None)),
        Mistake("all-zero", "all your norms are 0: the gradients were read when they had been zeroed a moment before.",
            "Between zero_grad and your norms, does backward run?",
            "First zero, then forward and backward, then read.",
            "Z, B, read: 3. B, Z, read: 0.", wrong=_norms_of(run=lambda network, X, y: network.zero_grad())),
        Mistake("weights-measured", "you measure the weights; their gradients are asked for.",
            "What is the difference between W.data and W.grad?",
            "data is where the knob stands, grad how steeply the loss changes there.",
            "The weights of layer 2 may be 3 long and their gradient 0.000001.",
            wrong=_norms_of(lambda layer: length(layer.W.data))),
        Mistake("bias", "your list has the biases in it.",
            "How many layers are there, and how many numbers do you return?",
            "network.layers has the layers, each with its W. parameters() lists W and b in turn.",
            "Two layers: W1, b1, W2, b2 are four gradients. Two of them are asked for.",
            wrong=(
                lambda network, X, y: [length(p.grad) for p in _backward(network, X, y).parameters()],
                _norms_of(lambda layer: math.hypot(length(layer.W.grad), length(layer.b.grad))),
                _norms_of(lambda layer: length(layer.W.grad) + length(layer.b.grad)),
                _norms_of(lambda layer: length(layer.b.grad)),
            )),
        Mistake("one-number", "your function makes one number of the whole network.",
            "Could you see from it in which layer the gradient got lost?",
            "One norm for each layer, in a list.",
            "Layers with norms 3 and 4: the list is [3, 4], and 5 hides which is which.",
            wrong=tuple(_norms_of(then=then) for then in (length, sum, max, np.mean))),
        Mistake("root-missing", "your numbers are the squares of the norms: the root is missing.",
            "How long is an arrow with the entries 3 and 4?",
            "Square, add up, and then one step more.",
            "9 + 16 = 25, and the arrow is 5 long.", wrong=_of_dW(lambda g: np.sum(g * g))),
        Mistake("other-norm",
            "you measure with another yardstick than the length: a largest stretch or entry, or a sum of sizes.",
            "What does your call give for [[3, 0], [0, 4]]: 5, 4 or 7?",
            "np.linalg.norm(table) alone is the root of the sum of squares. With a 2 behind it, it is something else.",
            "[[3, 0], [0, 4]]: length 5, largest stretch 4, sum of sizes 7.",
            wrong=(
                _of_dW(lambda g: np.linalg.norm(g, 2)), _of_dW(lambda g: np.linalg.norm(g, 1)),
                _of_dW(lambda g: np.linalg.norm(g, np.inf)), _of_dW(lambda g: np.linalg.norm(g, "nuc")),
                _of_dW(lambda g: np.abs(g).sum()), _of_dW(lambda g: np.abs(g).max()),
            )),
        Mistake("mean-size",
            "your number is an average over the entries of W, so a layer of many weights looks like a small one.",
            "What is divided by the number of entries?",
            "The length is the root of a sum, and nothing is divided.",
            "3 and 4: length 5; the root of the mean square is 3.54, the mean size 3.5.",
            wrong=(
                _of_dW(lambda g: np.sqrt(np.mean(g * g))), _of_dW(lambda g: np.mean(np.abs(g))), _of_dW(np.mean),
                _of_dW(np.std), _of_dW(lambda g: length(g) / g.size),
            )),
        Mistake("summed", "you add up the entries with their signs, and plus and minus cancel.",
            "How large is a gradient of +3 and −3?",
            "Squares have no sign: they come before the sum.",
            "+3 and −3: the sum is 0, the length 4.24.", wrong=(_of_dW(np.sum), _of_dW(lambda g: abs(np.sum(g))))),
        Mistake("reversed", "your norms are right and in the order from the last layer to the first.",
            "Which layer does X meet first?",
            "Backward runs from the end, and the list follows the network from its start.",
            "Layers 1, 2, 3: norms [n1, n2, n3].", wrong=_norms_of(then=lambda norms: norms[::-1])),
        Mistake("layer-missing", "a layer is missing from your list, the first or the last.",
            "How many layers does network.layers have, and how many numbers do you return?",
            "The output layer has a W like the others.",
            "4-6-3: two tables of weights, two norms.",
            wrong=(_norms_of(then=lambda norms: norms[:-1]), _norms_of(then=lambda norms: norms[1:]))),
        Mistake("A40", "you return ratios: how large the gradients are gets lost.",
            "Same size everywhere: what size?",
            "Return the lengths themselves. Ratios can be formed later, lengths can't be got back.",
            "[1e-13, 1e-13] and [0.3, 0.3] have the same ratios. One of these networks learns.",
            wrong=(
                *(
                    _norms_of(then=lambda norms, by=by: np.divide(norms, by(norms)))
                    for by in (max, sum, length, lambda n: n[0], lambda n: n[-1])
                ),
                _norms_of(lambda layer: length(layer.W.grad) / length(layer.W.data)),
            )),
        Mistake("other-loss", "the gradients belong to another loss than the mean cross-entropy.",
            "Which function is called between network(X) and backward()?",
            "cross_entropy(network(X), y), over the whole batch.",
            "The sum of the scores has a gradient too, and it knows nothing of y.",
            wrong=(
                _norms_of(run=_with(_squared_loss)), _norms_of(run=_with(lambda s, y: s.sum())),
                _norms_of(run=_with(lambda s, y: s.mean())),
                _norms_of(run=lambda network, X, y: _backward(network, X[:1], y[:1])),
            )),
        Mistake("activations",
            "you measure what the layers put out on the way forward; the gradients come on the way back.",
            "Did backward run for this?",
            "A layer's output is one half of the X-ray. Here the other half is asked for: W.grad.",
            "Forward the layers hand on activations. Backward each W receives its own gradient.", wrong=_activations),
    ),
)


# 4 diagnose: rules asked in an order, as the exercise prints them

WORDS = ("dead units", "exploding", "uniformly tiny", "vanishing with depth", "healthy")
DEAD, EXPLODING, TINY, VANISHING, HEALTHY = WORDS


def _share_dead(a):
    return float(np.mean(np.all(a == 0, axis=0)))


_TESTS = {
    DEAD: lambda norms, acts: any(_share_dead(a) > 0.5 for a in acts),
    EXPLODING: lambda norms, acts: any(not np.isfinite(n) or n > 10 for n in norms),
    TINY: lambda norms, acts: all(n < 1e-4 for n in norms),
    VANISHING: lambda norms, acts: norms[0] < 0.01 * norms[-2],
}


def _rules(order=WORDS[:4], **other):
    """A diagnose with these rules in this order, giving the word's place in WORDS; `other` tests for some of them."""
    tests = {word: other.get(word.split()[-1 if word == TINY else 0], test) for word, test in _TESTS.items()}

    def diagnose(norms, acts):
        return WORDS.index(next((word for word in order if tests[word](norms, acts)), HEALTHY))

    return diagnose


def _dead_by(share, more=0.5):
    return _rules(dead=lambda norms, acts: any(share(a) > more for a in acts))


def _without(*words):
    return tuple(_rules([word for word in WORDS[:4] if word not in gone]) for gone in [{word} for word in words])


@functools.cache
def _noise(seed):
    return fixture_rng(seed).normal(size=(12, 8))


def _tanh_acts(layers, seed):
    return [np.tanh(_noise(seed + k)) for k in range(layers)]


def _relu_acts(layers, seed, dead=0, *where):
    """Busy relu layers, each unit silent for some rows; the layers `where` have `dead` units silent for all."""
    acts = [np.maximum(_noise(seed + k), 0) for k in range(layers)]
    for k in where:
        acts[k][:, :dead] = 0.0
    return acts


def _sparse_acts(layers, seed):
    """No unit is dead, though the first row silences all and three entries of four are 0."""
    acts = [np.zeros((12, 8)) for _ in range(layers)]
    for k, a in enumerate(acts):
        for unit in range(8):
            a[1 + (unit + k) % 11, unit] = a[1 + (3 * unit + 5) % 11, unit] = 0.4 + fixture_rng(seed + k).random()
    return acts


def _shifted(layers, seed, by=-3.0):
    """tanh units that are negative for every row, or sum to nothing, and are as busy as any other."""
    acts = [np.tanh(_noise(seed + k) + by) for k in range(layers)]
    acts[-1][6:] = -acts[-1][:6]
    return acts


def _ray(words, norms, acts):
    """A case of diagnose: `acts` are made afresh for every call."""
    norms = shaken(40 + len(norms), norms, 0.15)
    listed = ", ".join(f"{n:.2g}" for n in norms[:6]) + (", …" if len(norms) > 6 else "")
    return Case(f"norms ({listed}) and {words}", lambda: (list(norms), acts()))


_RAYS = (
    _ray("tanh units, all busy", [0.31, 0.28, 0.35, 0.62], lambda: _tanh_acts(3, 1)),
    _ray("sigmoid units, all busy", [2e-6, 4e-5, 1e-3, 0.02, 0.41, 0.9], lambda: [a * a for a in _tanh_acts(5, 2)]),
    _ray("tanh units, all busy", [6e-13, 5e-13, 5e-13, 5e-13], lambda: _tanh_acts(3, 3)),
    _ray("tanh units, all busy", [52.0, 20.0, 6.0, 1.4], lambda: _tanh_acts(3, 4)),
    _ray("relu units, six of eight silent for every row in one layer", [0.2, 0.3, 0.2, 0.4],
         lambda: _relu_acts(3, 5, 6, 1)),
    _ray("relu units, each silent for about half of the rows", [0.4, 0.5, 0.5, 0.8], lambda: _relu_acts(3, 6)),
    _ray("relu units, all silent for the first row and none for every row", [0.2, 0.3, 0.3, 0.5],
         lambda: _sparse_acts(3, 7)),
    _ray("relu units, two of eight silent for every row in one layer", [0.3, 0.3, 0.2, 0.5],
         lambda: _relu_acts(3, 8, 2, 0)),
    _ray("relu units, some silent for some rows", [0.5, math.nan, math.nan, math.nan], lambda: _relu_acts(3, 9)),
    _ray("relu units, some silent for some rows", [3.0, 4.0, math.inf, 2.0], lambda: _relu_acts(3, 10)),
    _ray("tanh units, all busy", [0.6, 3.0, 70.0, 2.0, 0.9], lambda: _tanh_acts(4, 11)),
    _ray("relu units, all silent for every row in the last layer", [0.0, 0.0, 0.0, 0.2],
         lambda: _relu_acts(3, 12, 8, 2)),
    _ray("relu units, seven of eight silent for every row in the first layer", [math.nan, 1e5, 3e5, 2e6],
         lambda: _relu_acts(3, 13, 7, 0)),
    _ray("relu units, six of eight silent for every row in one layer", [0.0, 0.0, 0.0, 0.0],
         lambda: _relu_acts(3, 14, 6, 1)),
    _ray("tanh units, all busy", [2e-13, 3e-10, 6e-8, 4e-6], lambda: _tanh_acts(3, 15)),
    _ray("tanh units, all busy", [0.02, 0.02, 0.03, 6.0], lambda: _tanh_acts(3, 16)),
    _ray("tanh units, all busy", [2e-5, 2e-4, 8e-3, 0.03], lambda: _tanh_acts(3, 17)),
    _ray("tanh units, most of them negative for every row", [0.3, 0.4, 0.4, 0.6], lambda: _shifted(3, 18)),
    _ray("tanh units in one layer, all busy", [0.3, 0.4], lambda: _tanh_acts(1, 19)),
    _ray("tanh units, all busy", [0.4, 0.004, 0.3, 0.6], lambda: _tanh_acts(3, 20)),
    _ray("tanh units, all busy", [0.4, 5e-6, 0.3, 0.6], lambda: _tanh_acts(3, 21)),
    _ray("relu units, six of eight silent for every row in one layer", [2e-5, 1e-3, 0.2, 0.5],
         lambda: _relu_acts(3, 23, 6, 2)),
    _ray("tanh units, all busy", [1e-5, 0.3, 40.0, 60.0], lambda: _tanh_acts(3, 24)),
    _ray("tanh units, all busy", [40.0, 60.0, 80.0, 30.0], lambda: _tanh_acts(3, 26)),
    _ray("tanh units, all busy", [5.0, 0.5, 0.03, 0.4], lambda: _tanh_acts(3, 27)),
    _ray("relu units, seven of eight silent for every row in all layers", [0.2, 0.1, 0.1, 0.3],
         lambda: _relu_acts(3, 28, 7, 0, 1, 2)),
    _ray("relu units, all silent for three rows in four and none for every row", [0.2, 0.2, 0.3, 0.3],
         lambda: [a * (np.arange(12) < 3)[:, np.newaxis] + 0.1 * (np.arange(12) == 0)[:, np.newaxis]
                  for a in _relu_acts(3, 29)]),
    _ray("relu units, four of eight silent for every row in one layer, which is not more than half",
         [0.3, 0.2, 0.4, 0.3], lambda: _relu_acts(3, 30, 4, 1)),
    _ray("tanh units, all busy", [14.0, 3.0, 2.0, 1.1], lambda: _tanh_acts(3, 31)),
    _ray("tanh units, all busy", [1.4e-4, 1.2e-4, 1.1e-4, 1.3e-4], lambda: _tanh_acts(3, 32)),
    _ray("tanh units, all busy", [2.2e-3, 0.1, 0.3, 0.6], lambda: _tanh_acts(3, 33)),
    _ray("tanh units, all busy", [4.5e-3, 0.1, 0.3, 0.6], lambda: _tanh_acts(3, 34)),
    _ray("tanh units in a hundred layers", [10 ** (0.1 * k - 10) for k in range(101)], lambda: _tanh_acts(100, 25)),
)  # fmt: skip


def _read_word(raw, between, norms, acts):
    """The place of a word in WORDS, or a Trouble that says what it is instead."""
    if type(raw) in (list, tuple) and any_blank(raw):
        return raw
    if issubclass(type(raw), str):
        said = " ".join(str.lower(raw).replace("_", " ").replace("-", " ").split()).strip(" .!'\"")
        if said in WORDS:
            return WORDS.index(said)
        what = f'the word "{one_line(str.__str__(raw)[:200], 30)}", which is none of the five'
    else:
        what = f"a thing of type {type(raw).__name__}, where one of five words is wanted"
    return Trouble("type", f"your function returns {what}.", "Which five words does the exercise offer?")


def _probe_diagnose(report):
    """Names the rules that explain all the learner's words, or says on which input the word is another."""
    if report.fits(_rules()):
        return None
    for mistake in report.exercise.mistakes:
        if any(map(report.fits, mistake.variants)):
            return mistake.name
    right = [report.gives(_rules()(*each.make()), k) for k, each in enumerate(report.exercise.cases)]
    k = right.index(False)
    word = WORDS[int(report.values[k])]
    if all(close(value, report.values[0]) for value in report.values):
        return verdict_on(report.exercise, "constant", f'your function says "{word}" to all {len(right)} X-rays I try.')
    says = f'for {report.exercise.cases[k].label} your function says "{word}", and another rule holds there first.'
    return verdict_on(report.exercise, "unknown", says)


_RULE_OUT = "Copy the four rules into your function as comments, and write one `if` with a `return` below each."
DIAGNOSE = Exercise(
    name="diagnose", lesson=LESSON, parameters=("norms", "acts"),
    example="diagnose([0.3, 0.2, 0.4], [np.ones((5, 8)), np.ones((5, 8))])",
    cases=_RAYS,
    truth=_rules(),
    what="the first rule that holds",
    known=f"{len(_RAYS)} X-rays, from one hidden layer to a hundred: size before ratio, and death over all rows.",
    question="Go through the rules in their order, for this X-ray: which is the first that holds?",
    pointer=_RULE_OUT,
    step="norms (3e-9, 2e-9, 3e-9), all units busy: not dead, nothing above 10, all below 1e-4: uniformly tiny. The "
    "rules after it are not asked any more.",
    mistakes=(
        Mistake("A40", "you look at ratios only: layers that agree pass as healthy, whatever their size.",
            "Same size everywhere: what size?",
            "A ratio can't tell 5e-13 from 0.3. Ask for the size before you ask for the ratio.",
            "tanh with σ = 0.01: ten layers agree within a factor of 1.4, at 2e-13. It learns nothing: 10 % right.",
            wrong=(
                *_without(TINY), _rules((DEAD, VANISHING)), _rules((VANISHING,)),
                _rules((VANISHING,), vanishing=lambda norms, acts: norms[0] <= 0.01 * norms[-2]),
                _rules(exploding=lambda norms, acts: norms[0] > 100 * norms[-2], order=(DEAD, EXPLODING, VANISHING)),
                _rules(exploding=lambda norms, acts: norms[0] > 100 * norms[-2], order=(EXPLODING, VANISHING)),
                _rules(tiny=lambda norms, acts: min(norms) > 0.5 * max(norms) and max(norms) < 1e-99),
            )),
        Mistake("A39", "you call units dead that are silent for some rows only.",
            "Is it silent for this image or for every image?",
            "relu is silent for about half of its inputs, and healthy. Dead means: 0 in every row of the column.",
            "A unit with the values 0, 0, 0.7, 0: silent three times, and alive.",
            wrong=(
                _dead_by(lambda a: np.any(a == 0)), _dead_by(lambda a: np.mean(a == 0)),
                _dead_by(lambda a: np.mean(a[0] == 0)), _dead_by(lambda a: np.mean(a[0] == 0), 0),
                _dead_by(lambda a: np.mean(np.any(a == 0, axis=0))),
                _dead_by(lambda a: np.mean(np.mean(a == 0, axis=0) > 0.5)),
                _dead_by(lambda a: np.max(np.mean(a == 0, axis=1))),
            )),
        Mistake("axis", "you look along the rows of acts: a row is an image, a column is a unit.",
            "acts[0] has shape (N, units). Along which axis do the images lie?",
            "A unit is dead if its column is 0 for all rows: all(axis=0).",
            "[[0, 1], [0, 2]]: unit 0 is dead. No row is all zeros.",
            wrong=(
                _dead_by(lambda a: np.mean(np.all(a == 0, axis=1))), _dead_by(lambda a: np.any(np.all(a == 0, axis=1))),
            )),
        Mistake("any-dead", "a single dead unit is enough for you.",
            "Does a layer of 8 stop learning when one or two of its units fall silent?",
            "The rule wants more than half of a layer's units.",
            "2 of 8 dead is a quarter: the other six carry on.",
            wrong=(_dead_by(_share_dead, 0), _dead_by(_share_dead, 0.2))),
        Mistake("all-dead", "you ask for too many dead units: whole layers, or every layer, or the average over all.",
            "If one layer of three is dead, how does a gradient get past it?",
            "One hidden layer with more than half of its units dead is enough.",
            "Layers with 0, 6 and 0 of 8 dead: a quarter in all, and the middle layer lets hardly anything through.",
            wrong=(
                _dead_by(lambda a: float(np.all(a == 0))),
                _rules(dead=lambda norms, acts: all(_share_dead(a) > 0.5 for a in acts)),
                _rules(dead=lambda norms, acts: np.mean([_share_dead(a) for a in acts]) > 0.5),
                _rules(dead=lambda norms, acts: _share_dead(acts[0]) > 0.5),
                _rules(dead=lambda norms, acts: _share_dead(acts[-1]) > 0.5),
            )),
        Mistake("negative", "you count units as silent that are busy: negative ones, or those whose values sum to 0.",
            "Is a tanh unit that says −0.9 to every image silent?",
            "Dead means exactly 0 in every row. Compare with 0 before anything is added up.",
            "−0.9, −0.8, −0.9: alive. And +0.5, −0.5 sum to 0 without being silent.",
            wrong=(
                _dead_by(lambda a: np.mean(np.all(a <= 0, axis=0))), _dead_by(lambda a: np.mean(a.max(axis=0) <= 0)),
                _dead_by(lambda a: np.mean(np.abs(a.sum(axis=0)) < 1e-9)),
                _dead_by(lambda a: np.mean(a.sum(axis=0) <= 0)),
            )),
        Mistake("no-dead-rule", "the activations take no part in your diagnosis: dead units are never found.",
            "What could you read off acts that norms alone don't tell?",
            "The first rule looks into acts, layer by layer, column by column.",
            "norms (0.2, 0.3, 0.2) look healthy. If six of eight units are 0 for every row, the layer isn't.",
            wrong=(*_without(DEAD), _rules((EXPLODING, VANISHING, TINY)))),
        Mistake("no-exploding-rule", "nothing ever explodes in your diagnosis.",
            "Which word does a norm of 1e5 get?",
            "The second rule: some norm is nan, inf or above 10.",
            "norms (52, 20, 6): the first is above 10.", wrong=_without(EXPLODING)),
        Mistake("no-vanishing-rule", "nothing ever vanishes with depth in your diagnosis.",
            "Which word do the norms 1e-6, 1e-3, 0.4 get?",
            "The fourth rule compares the first layer with the last hidden one.",
            "1e-6 / 0.4 is far below a hundredth.", wrong=_without(VANISHING)),
        Mistake("nan", "a norm that is no longer a number slips through: you compare with 10 only.",
            "What does Python say to float('nan') > 10?",
            "nan is neither above nor below anything. It has to be asked for by itself: np.isfinite.",
            "nan > 10 is False, nan < 10 too. np.isfinite(nan) is False as well, and that can be used.",
            wrong=(
                _rules(exploding=lambda norms, acts: any(n > 10 for n in norms)),
                _rules(exploding=lambda norms, acts: max(norms) > 10),
                _rules(exploding=lambda norms, acts: bool(np.max(norms) > 10)),
                _rules(exploding=lambda norms, acts: bool(np.nanmax(norms) > 10)),
                _rules(exploding=lambda norms, acts: any(math.isnan(n) for n in norms)),
                _rules(exploding=lambda norms, acts: any(math.isnan(n) or 10 < n < math.inf for n in norms)),
                _rules(exploding=lambda norms, acts: not all(map(math.isfinite, norms))),
            )),
        Mistake("one-norm", "for an explosion you look at one layer only, or want all of them to explode.",
            "If one norm of five is 70, what does the next update do to that layer?",
            "Some norm above 10 is enough, wherever it stands in the list.",
            "norms (0.6, 3, 70, 2): the third explodes, first and last look harmless.",
            wrong=tuple(
                _rules(exploding=lambda norms, acts, pick=pick: pick([not (n <= 10) for n in norms]))
                for pick in (all, lambda flags: flags[0], lambda flags: flags[-1], lambda flags: flags[-2])
            )),
        Mistake("any-tiny", "one tiny norm is enough for you to call all of them tiny.",
            "If the first norm is 1e-6 and the last 0.4, is it uniform?",
            "Uniformly means every norm. One tiny end beside a large one is another illness.",
            "(1e-6, 1e-3, 0.4): not all are below 1e-4.",
            wrong=(
                _rules(tiny=lambda norms, acts: min(norms) < 1e-4), _rules(tiny=lambda norms, acts: norms[0] < 1e-4),
            )),
        Mistake("output-layer", "you compare the first layer with the output layer.",
            "Which index has the last hidden layer, if norms ends with the output layer's?",
            "norms has one entry more than there are hidden layers. norms[-1] is the output layer's.",
            "(0.02, 0.02, 0.03, 6): the hidden layers agree. Only the output layer stands out.",
            wrong=_rules(vanishing=lambda norms, acts: norms[0] < 0.01 * norms[-1])),
        Mistake("inverted",
            "your ratio stands on its head: you find the networks where the last layer's gradient is the small one.",
            "On the way back, which layer's gradient has passed the most links?",
            "The first layer's norm belongs above the line, the last hidden one's below.",
            "1e-6 / 0.4 = 2.5e-6, below a hundredth. 0.4 / 1e-6 is 400,000.",
            wrong=_rules(vanishing=lambda norms, acts: norms[-2] < 0.01 * norms[0])),
        Mistake("any-two", "you compare the smallest norm with the largest, wherever they stand.",
            "Is a gradient that is small in the middle and back again at the first layer lost with depth?",
            "The fourth rule looks at two places: the first layer and the last hidden one.",
            "(0.4, 0.003, 0.4): first and last agree.",
            wrong=(
                _rules(vanishing=lambda norms, acts: min(norms) < 0.01 * max(norms)),
                _rules(vanishing=lambda norms, acts: min(norms[:-1]) < 0.01 * max(norms[:-1])),
                _rules(vanishing=lambda norms, acts: min(norms) < 0.01 * norms[-2]),
            )),
        Mistake("order", "your rules are right, and asked in another order.",
            "Where two rules hold for one X-ray, which of them is asked first?",
            "Dead units explain small norms, and tiny ones a ratio: the cause is asked before what follows from it.",
            "All norms 0 and six of eight units dead: “dead units” and “uniformly tiny” both hold. The first wins.",
            wrong=tuple(_rules(order) for order in permutations(WORDS[:4]))),
    ),
    probe=_probe_diagnose,
)


def _in_words(verdict, exercise, between):
    said = "called a second time with the same X-ray your function says another word."
    return replace(verdict, sentence=said) if verdict.name == "remembers" else verdict


DIAGNOSE = _read_by(_read_word, _unlike_the_truth(DIAGNOSE), sharper=_in_words)


# 5 residual

COUNTED = ("f", "df")


def _sum_and_slope(x, f, df):
    return np.stack([x + f(x), 1 + df(x)])


def _cubed(x):
    return 0.1 * x**3


def _probe_residual(report):
    """Each of the two functions is called once."""
    if not report.fits(_sum_and_slope):
        return None
    calls = []

    def counted(name, function):
        return lambda x: calls.append(name) or function(x)

    report.call(np.array([0.3, -1.2]), counted("f", np.sin), counted("df", np.cos))
    often = next((name for name in COUNTED if calls.count(name) > 1), None)
    if often:
        said = f"the numbers are right, but {often} is called {calls.count(often)} times."
        return verdict_on(report.exercise, "called-too-often", said)
    return None


RESIDUAL = Exercise(
    name="residual", lesson=LESSON, parameters=("x", "f", "df"),
    example="residual(0.0, np.sin, np.cos)",
    cases=(
        case("x = 0.5 and f = sin", 0.5, np.sin, np.cos),
        case("three numbers and f = tanh", np.array([0.5, -1.5, 2.0]), np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        case("a table of numbers and f = 0.1·x³", fixture_rng(30).normal(size=(2, 3)), _cubed, lambda x: 0.3 * x**2),
        case("x = −2 and f = 0.1·x³", -2.0, _cubed, lambda x: 0.3 * x**2),
        case("two numbers and an f that is 0 everywhere", np.array([1.5, -0.7]), np.zeros_like, np.zeros_like),
        case("two numbers and an f that hands back x itself", np.array([0.4, -3.0]), lambda x: x, np.ones_like),
    ),
    truth=_sum_and_slope,
    shape=lambda x, f, df: (2, *np.shape(x)),
    shape_words="two things, each of the shape of x",
    what="the sum and its slope",
    known="the sum and its slope, also where f is flat: there 1 is left, and the way back stays open.",
    question="If f were flat, how far would the result move when x moves by 0.01?",
    pointer="Two paths lead from x to the sum: one through f, one straight past it. Each brings its slope; they add.",
    step="Three times x, and past it: x + 3x. At x = 2 it is 8. A nudge of 0.01 brings 0.03 through the tripler and "
    "0.01 past it: slope 4.",
    mistakes=(
        Mistake("skip-missing", "the straight path is missing: you return f and its slope alone.",
            "Which path leads from x to the result without passing f?",
            "A residual layer adds its input to what f makes of it.",
            "x + 3x at 2: 8, and not 6. Its slope: 4, and not 3.", wrong=lambda x, f, df: np.stack([f(x), df(x)])),
        Mistake("one-missing", "the sum is right; in its slope the straight path is missing.",
            "If f were flat, would the result stand still when x moves?",
            "The slope of x for x: one number, the same everywhere.",
            "x + 3x: slope 1 + 3. Multiplying 1 by 3 would be one path behind the other.",
            wrong=lambda x, f, df: np.stack([x + f(x), df(x)])),
        Mistake("f-slope-missing", "the sum is right; its slope knows the straight path only.",
            "What does the path through f report?",
            "df(x) is the slope of that path. The two add.",
            "x + 3x: 1 from the straight path and 3 through the tripler.",
            wrong=lambda x, f, df: np.stack([x + f(x), np.ones_like(x)])),
        Mistake("x-missing", "the slope is right; in the value x is missing.",
            "What is added to f(x)?",
            "The slope says 1 + …: that 1 comes from the x in the sum.",
            "x + 3x at 2 is 8.", wrong=lambda x, f, df: np.stack([f(x), 1 + df(x)])),
        Mistake("x-for-one", "in the slope stands x where the slope of x belongs; or a 1 stands in the value.",
            "If x moves from 2 to 2.01, how far does x move?",
            "In the value x itself is added, in the slope how fast x moves.",
            "x + 3x at 2: value 2 + 6, slope 1 + 3.",
            wrong=(lambda x, f, df: np.stack([x + f(x), x + df(x)]), lambda x, f, df: np.stack([1 + f(x), 1 + df(x)]))),
        Mistake("product", "you multiply where the layer adds.",
            "Two paths lead to one sum. Do side roads multiply?",
            "The value is x plus f(x), and the slope is a sum too.",
            "x + 3x at 2: 2 + 6 = 8. The product 2 · 6 is another function.",
            wrong=(
                lambda x, f, df: np.stack([x * f(x), f(x) + x * df(x)]),
                lambda x, f, df: np.stack([x * f(x), x * df(x)]), lambda x, f, df: np.stack([x * f(x), 1 + df(x)]),
                lambda x, f, df: np.stack([x + f(x), x * df(x)]),
            )),
        Mistake("A09", "the slope of f is taken at another number than x.",
            "f receives x. What does your df receive?",
            "A slope is taken where its machine stands: at what goes into f.",
            "x + x² at 3: the square receives 3, its slope is 6. The sum, 12, comes later.",
            wrong=(
                lambda x, f, df: np.stack([x + f(x), 1 + df(x + f(x))]),
                lambda x, f, df: np.stack([x + f(x), 1 + df(f(x))]),
            )),
        Mistake("f-for-df", "f and df are mixed up.",
            "Which of the two says how fast f moves?",
            "f(x) belongs into the value, df(x) into the slope.",
            "x + x² at 3: value 3 + 9, slope 1 + 6.",
            wrong=(
                lambda x, f, df: np.stack([x + f(x), 1 + f(x)]), lambda x, f, df: np.stack([x + df(x), 1 + f(x)]),
                lambda x, f, df: np.stack([x + df(x), 1 + df(x)]),
            )),
        Mistake("subtracted", "there is a minus in your sum.",
            "Does the layer add its correction or take it away?",
            "x plus f(x), and the slopes likewise.",
            "x + 3x at 2: 8, slope 4. With a minus −4 and −2.",
            wrong=(
                lambda x, f, df: np.stack([x - f(x), 1 - df(x)]), lambda x, f, df: np.stack([f(x) - x, df(x) - 1]),
                lambda x, f, df: np.stack([x + f(x), 1 - df(x)]), lambda x, f, df: np.stack([x + f(x), df(x) - 1]),
            )),
        Mistake("swapped", "the slope goes first in your answer and the value second.",
            "Which of the two does the caller expect first?",
            "Look at the order behind `return`.",
            "x + 3x at 2: first 8, then 4.", wrong=lambda x, f, df: _sum_and_slope(x, f, df)[::-1]),
        Mistake("one-of-two", "your function returns one thing, the sum or the slope; both are asked for.",
            "How many things stand behind your `return`?",
            "Two, separated by a comma: the value, then the slope.",
            "x + 3x at 2: 8 and 4.", wrong=(lambda x, f, df: x + f(x), lambda x, f, df: 1 + df(x))),
        Mistake("activation-behind", "a relu stands behind your sum.",
            "What happens to a negative sum in your function?",
            "Some networks put a relu there, and close the straight path with it. Here the sum goes out as it is.",
            "x + 3x at −2 is −8, slope 4. Behind a relu both would be 0.",
            wrong=(
                lambda x, f, df: np.stack([np.maximum(x + f(x), 0), (1 + df(x)) * (x + f(x) > 0)]),
                lambda x, f, df: np.stack([np.maximum(x + f(x), 0), 1 + df(x)]),
            )),
        Mistake("called-too-often", "the numbers are right, and f or df is called more often than needed.",
            "Which number do you compute again though you had it already?",
            "In a network f is a stack of layers. Keep what it gives in a variable.",
            "out = f(x) once; then out serves as often as you like."),
    ),
    probe=_probe_residual,
)
RESIDUAL = _unlike_the_truth(RESIDUAL)


# 6 clip_by_norm


def _scaled(scale):
    """A clip_by_norm that multiplies everything by scale(norm, c, grads)."""
    return lambda grads, c: in_a_row(grads) * scale(length(in_a_row(grads)), c, grads)


def _measured(norm):
    """The same, with another yardstick in place of the common norm."""
    return _scaled(lambda n, c, grads: min(1.0, c / norm(grads)))


def _block_by_block(one):
    """Each block for itself: one(g, norm of all, c)."""
    return lambda grads, c: in_a_row([one(g, length(in_a_row(grads)), c) for g in grads])


_clip = _scaled(lambda n, c, grads: min(1.0, c / n) if n else 1.0)


def _read_grads(raw, between, grads, c):
    """The arrays of a list in one row, or a Trouble."""
    asks = "What stands behind `return`: one array for each gradient, in a list?"
    if not issubclass(type(raw), list | tuple):
        if isinstance(value := numbers(raw, np.shape(raw), "") if type(raw) in (float, int) else None, np.ndarray):
            return Trouble("type", f"your function returns one number, {show(value)}, in place of a list.", asks)
        return Trouble("type", f"your function returns a thing of type {type(raw).__name__} in place of a list.", asks)
    if any_blank(raw):
        return list(raw)
    if len(raw) != len(between.kept):
        said = f"your function returns {len(raw)} things for {len(between.kept)} gradients."
        return Trouble("type", said, asks)
    row = []
    for k, (each, (_, copy)) in enumerate(zip(raw, between.kept, strict=True)):
        value = as_part(each, copy.shape, "one array of its shape", f"as gradient [{k}]")
        if isinstance(value, Trouble):
            return replace(value, kind="type")
        row.append(value)
    return in_a_row(row)


class _Keeper(Between):
    """Keeps the arrays it hands to the learner's function and what was in them; notes what was done to the list."""

    def __call__(self, grads, c):
        self.kept = [(g, np.copy(g)) for g in grads]
        value = super().__call__(grads, c)
        if not all(close(g, copy, 1e-9) for g, copy in self.kept):
            self.note = "your function writes into the arrays it was given."
        elif [*map(id, grads)] != [id(g) for g, _ in self.kept]:
            self.note = "your function changes the caller's list."
        return value


def _probe_clip(report):
    """Gradients that are all 0, and a list without any."""
    if not report.fits(_clip):
        return None
    raw = report.call([np.zeros((2, 2)), np.zeros(3)], 1.0)
    if isinstance(raw, Trouble):
        return verdict_on(report.exercise, "zero", f"where all gradients are 0, {raw.sentence}")
    if raw is None or raw is ... or not close(raw, np.zeros(7)):
        gives = "nothing" if raw is None else "nan" if np.isnan(raw).any() else show(raw)
        return verdict_on(report.exercise, "zero", f"where all gradients are 0 your function gives {gives}.")
    raw = report.call([], 1.0)
    if isinstance(raw, Trouble):
        note = "right. One thing more: for a list without a single gradient your function stops with an error."
        return Verdict(True, "empty-list", note)
    return None


def _grads_case(label, c, *blocks):
    return Case(f"{label}, c = {c:g}", lambda: ([np.array(block, dtype=float) for block in blocks], c))


_W, _B, _V = shaken(7, ([[1.2, -0.5, 0.3], [0.4, 2.0, -1.1]], [0.6, -0.2, 0.9], [[0.7], [-1.4], [0.2]]), 0.08)
_TOGETHER = length(in_a_row([np.array(block) for block in (_W, _B, _V)]))

CLIP_BY_NORM = Exercise(
    name="clip_by_norm", lesson=LESSON, parameters=("grads", "c"),
    example="clip_by_norm([np.array([3.0]), np.array([4.0])], 1.0)",
    cases=(
        _grads_case("two single gradients, 3 and 4", 1.0, [3.0], [4.0]),
        _grads_case(f"three arrays whose common norm is {_TOGETHER:.1f}", 2.0, _W, _B, _V),
        _grads_case("three arrays, each of them shorter than c, together longer", 3.0, _W, _B, _V),
        _grads_case("three arrays with a common norm below c", 5.0, _W, _B, _V),
        _grads_case("one array", 0.5, [[-3.0, 1.0], [2.0, 0.5]]),
        _grads_case("one array that is short enough", 2.0, [0.3, -0.4]),
        _grads_case("five arrays of several shapes", 2.5, _W, [5.0], _B, [[[0.2, -0.6]], [[1.0, 0.1]]], _V),
    ),
    truth=_clip,
    shape=lambda grads, c: (sum(g.size for g in grads),),
    shape_words="arrays of the shapes of grads",
    rtol=1e-5,  # so that a c / (norm + 1e-6) passes
    what="the gradients, shortened by one factor",
    known="one norm and one factor for all arrays, short ones untouched, zeros still zeros, the caller's arrays too.",
    question="How long is the arrow of all entries together, and by which one factor does it get the length c?",
    pointer="Square and add up the entries of all arrays, take the root. If that is more than c, multiply every array "
    "by c / norm.",
    step="(2) and (1, 2): 4 + 1 + 4 = 9, norm 3. With c = 1.5 the factor is ½: (1) and (0.5, 1). With c = 4 nothing "
    "changes.",
    mistakes=(
        Mistake("A07", lambda report: report.answer.note,
            "After the call, does the caller still have the gradients he had?",
            "`g *= …`, `g[:] = …` and `grads[i] = …` change what is there. `g * …` in a new list leaves it.",
            "a = np.ones(2); b = a; b *= 3: a is (3, 3). With b = a * 3, a is still (1, 1).",
            seen=lambda report: bool(report.answer.note)),
        Mistake("per-block", "you clip each array by its own norm.",
            "Before, one array was twice as long as another. Is it still?",
            "One norm over all arrays, one factor for all of them: then the direction stays.",
            "(3) and (4), c = 1: each by itself (1) and (1). Together the norm is 5: (0.6) and (0.8).",
            wrong=(
                _block_by_block(lambda g, n, c: g * min(1.0, c / length(g))),
                _block_by_block(lambda g, n, c: g * c / length(g)),
                _block_by_block(lambda g, n, c: g * c / length(g) if n > c else g),
                _block_by_block(lambda g, n, c: g * min(1.0, c / n) if length(g) > c else g),
            )),
        Mistake("values", "you cut the entries off at ±c; the arrow bends.",
            "In which direction does (3, 4) point, and in which (1, 1)?",
            "Shorten the whole arrow by one factor. No entry is looked at by itself.",
            "(3) and (4), c = 1: cut off they are (1) and (1), shortened (0.6) and (0.8).",
            wrong=(
                _block_by_block(lambda g, n, c: np.clip(g, -c, c)),
                _block_by_block(lambda g, n, c: np.clip(g, -c, c) if n > c else g),
                _block_by_block(lambda g, n, c: np.minimum(g, c)),
            )),
        Mistake("direction", "the direction gets lost: of every entry only the sign, or not even that, is left.",
            "Do 3 and 0.001 become the same number?",
            "Every entry is multiplied by the same factor, so their ratios stay.",
            "(3, 4) has a ratio of 3 to 4, and so has (0.6, 0.8).",
            wrong=(
                _block_by_block(lambda g, n, c: c * np.sign(g)),
                _block_by_block(lambda g, n, c: c * np.sign(g) if n > c else g),
                _block_by_block(lambda g, n, c: c + 0 * g if n > c else g),
                _block_by_block(lambda g, n, c: np.abs(g) * min(1.0, c / n)),
            )),
        Mistake("always", "your arrow always gets the length c, also where it was shorter.",
            "Does a rope of 5 metres push someone who stands 3 metres away?",
            "If the norm is at most c, everything stays as it is.",
            "(0.3, 0.4), c = 2: norm 0.5, below 2, and it stays (0.3, 0.4).", wrong=_scaled(lambda n, c, grads: c / n)),
        Mistake("unclipped",
            "nothing is shortened: the gradients come back as they came, also where they are too long.",
            "With norm 5 and c = 1, what is the norm of what you return?",
            "Arithmetic on arrays makes new ones. Do these stand in the list that you return?",
            "(3) and (4), c = 1: times 1/5 makes (0.6) and (0.8).", wrong=lambda grads, c: in_a_row(grads)),
        Mistake("unit", "you shorten to the length 1, whatever c is.",
            "With c = 2, how long is the arrow that you return?",
            "Divided by the norm it is 1 long. One factor more makes it c.",
            "(6, 8), c = 2: norm 10. Divided by 10 it is (0.6, 0.8), 1 long; twice that is 2 long.",
            wrong=(
                _scaled(lambda n, c, grads: 1 / n if n > c else 1.0), _scaled(lambda n, c, grads: 1 / n),
                _scaled(lambda n, c, grads: min(1.0, 1 / n)),
            )),
        Mistake("sum-of-norms",
            "you add up, or compare, the norms of the arrays; lengths of parts don't add like that.",
            "How long is an arrow that goes 3 to the right and 4 up?",
            "Add the squares of all entries first, and take one root at the end.",
            "(3) and (4): norms 3 and 4, and the arrow of both is 5 long, not 7 and not 4.",
            wrong=(
                _measured(lambda grads: sum(map(length, grads))), _measured(lambda grads: max(map(length, grads))),
                _measured(lambda grads: np.mean([*map(length, grads)])), _measured(lambda grads: length(grads[0])),
                _measured(lambda grads: length(grads[-1])),
            )),
        Mistake("root-missing", "your norm is the sum of the squares: the root is missing.",
            "How long is an arrow that goes 3 to the right and 4 up?",
            "Square, add up, and then one step more.",
            "9 + 16 = 25, and the arrow is 5 long.",
            wrong=(
                _measured(lambda grads: np.sum(in_a_row(grads) ** 2)),
                _scaled(lambda n, c, grads: c / n**2 if n > c else 1.0),
                _scaled(lambda n, c, grads: math.sqrt(min(1.0, c / n))),
            )),
        Mistake("other-norm",
            "you measure with another yardstick than the length: the largest entry, a sum of sizes or an average.",
            "Which number does your yardstick give for (3, 4): 5, 4, 7 or 3.5?",
            "The root of the sum of the squares, over all entries of all arrays, divided by nothing.",
            "(3, 4): length 5, largest entry 4, sum of sizes 7.",
            wrong=(
                _measured(lambda grads: np.abs(in_a_row(grads)).max()),
                _measured(lambda grads: np.abs(in_a_row(grads)).sum()),
                _measured(lambda grads: np.sqrt(np.mean(in_a_row(grads) ** 2))),
                _measured(lambda grads: length([np.linalg.norm(g, 2) if g.ndim == 2 else length(g) for g in grads])),
                _measured(lambda grads: max(np.sum(in_a_row(grads)), 1e-99)),
            )),
        Mistake("upside-down", "your factor stands on its head: too long arrows get longer.",
            "Norm 5, c = 1: is the factor 5 or a fifth?",
            "New length over old length.",
            "From 10 to 2: a fifth, 2/10.",
            wrong=(
                _scaled(lambda n, c, grads: n / c if n > c else 1.0), _scaled(lambda n, c, grads: max(1.0, n / c)),
                _scaled(lambda n, c, grads: n / c),
            )),
        Mistake("turned-round", "you change the arrows that are short enough and leave the long ones alone.",
            "On which side of c is an arrow too long?",
            "Look at the comparison, or at min and max.",
            "Norm 5, c = 1: too long. Norm 0.5, c = 2: short enough.",
            wrong=(
                _scaled(lambda n, c, grads: c / n if n < c else 1.0),
                _scaled(lambda n, c, grads: n / c if n < c else 1.0),
            )),
        Mistake("some-left", "one part of the list is left out: of the norm, or of the shortening.",
            "Do all arrays count in your norm, and are all of them multiplied?",
            "Weights and biases, first and last: the same loop for all.",
            "(2) and (1, 2): norm 3, with the second array left out it would be 2.",
            wrong=(
                _measured(lambda grads: length(in_a_row([g for g in grads if g.ndim > 1])) or 1e-99),
                lambda grads, c: in_a_row([*(g * min(1, c / length(in_a_row(grads))) for g in grads[:1]), *grads[1:]]),
                lambda grads, c: in_a_row([*(g * min(1, c / length(in_a_row(grads))) for g in grads[:-1]), grads[-1]]),
                _block_by_block(lambda g, n, c: g * min(1, c / n) if g.ndim > 1 else g),
            )),
        Mistake("zero", "where all gradients are 0 something else than 0 comes out.",
            "With norm 0, what is c / norm? And which arrows are shortened at all?",
            "Ask first whether the norm is above c. Only then divide.",
            "0 / 0 is nan, and one nan in an update spreads through all weights."),
    ),
    probe=_probe_clip,
)
CLIP_BY_NORM = _read_by(_read_grads, _unlike_the_truth(CLIP_BY_NORM), _Keeper)

register(CHAIN_GAIN, INIT_STD, LAYER_NORMS, DIAGNOSE, RESIDUAL, CLIP_BY_NORM)
