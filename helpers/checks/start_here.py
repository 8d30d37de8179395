"""The exercises of L0: `double`, which shows what a check says, and `hello_slope`, the slope of a line."""

from ..checking import Exercise, Mistake, case, register
from .fixtures import fixture_rng

LESSON = "00_start_here"


def _random_numbers(seed, count):
    return [float(number) for number in fixture_rng(seed).uniform(-5, 5, count).round(2)]


def _only_at(where, value):
    return f"your function is right for {where} and for no other number: for 3 it gives {value}."


DOUBLE = Exercise(
    name="double",
    lesson=LESSON,
    parameters=("x",),
    example="double(3)",
    cases=tuple(case(f"x = {x:g}", x) for x in (2.0, 3.0, 10.0, 0.0, -1.5, *_random_numbers(0, 2))),
    truth=lambda x: 2 * x,
    what="twice the input",
    known="twice the input, for 7 inputs from −1.5 to 10, zero among them.",
    question="What should come out for 3, and what does come out?",
    pointer="Try it on 3, on 0 and on −1. One input is never enough to know a rule.",
    step="Twice 3 is 3 + 3 = 6, twice 0 is 0, twice −1 is −2. Which operation does that to all three?",
    mistakes=(
        Mistake(
            "plus-two",
            _only_at("2", "5"),
            "What do you get if you double 10, and what if you add 2 to it?",
            "Adding moves every number by the same amount. Doubling moves 10 further than 3.",
            "At 10 your function gives 12, and twice 10 is 10 + 10. At 0 it gives 2, and twice 0 is 0 + 0.",
            wrong=lambda x: x + 2,
        ),
        Mistake(
            "square",
            _only_at("0 and 2", "9"),
            "How many threes do you add up to double 3?",
            "A square multiplies a number by itself. Doubling takes it two times.",
            "For 10 your function gives 100, ten tens. Twice 10 is two tens.",
            wrong=lambda x: x * x,
        ),
        Mistake(
            "power-of-two",
            _only_at("1 and 2", "8"),
            "What does your function give for 0, and what is twice 0?",
            "In Python two stars mean “to the power of”, one star means “times”.",
            "2 to the power of 3 is 2 · 2 · 2 = 8. Twice 3 is 3 + 3.",
            wrong=lambda x: 2.0**x,
        ),
        Mistake(
            "half",
            "your function makes numbers smaller: for 3 it gives 1.5.",
            "Is the double of 3 more than 3 or less?",
            "Which sign divides, and which one multiplies?",
            "10 divided by 2 is 5. Two tens together are 20.",
            wrong=lambda x: x / 2,
        ),
        Mistake(
            "unchanged",
            "your function gives back what it got.",
            "Which line of yours changes the number before it is returned?",
            "A line such as `x + x` alone computes something and forgets it. What stands behind `return` counts.",
            "For 3, the function gets 3, and behind `return` there must stand something that is 6.",
            wrong=lambda x: x,
        ),
    ),
)


def _slope(x1, y1, x2, y2):
    return (y2 - y1) / (x2 - x1)


_POINTS = (
    (1.0, 2.0, 3.0, 8.0),
    (-2.0, 5.0, 4.0, 2.0),
    (5.0, 1.0, 1.0, 2.0),
    (1, 2, 5, 4),
    tuple(_random_numbers(1, 4)),
    tuple(_random_numbers(2, 4)),
)

HELLO_SLOPE = Exercise(
    name="hello_slope",
    lesson=LESSON,
    parameters=("x1", "y1", "x2", "y2"),
    example="hello_slope(1, 2, 3, 8)",
    cases=tuple(case(f"({p[0]:g}, {p[1]:g}) and ({p[2]:g}, {p[3]:g})", *p) for p in _POINTS),
    truth=_slope,
    what="the slope of the line through the two points",
    known="rise over run, for 6 pairs of points: uphill, downhill and from right to left.",
    question="From the first point to the second, how far up do you go, and how far to the right?",
    pointer="Make two names first, rise and run, one line each. Print both for (1, 2) and (3, 8).",
    step="From (1, 2) to (3, 8): up 8 − 2 = 6, right 3 − 1 = 2. One step to the right goes up by 6 / 2 = 3.",
    mistakes=(
        Mistake(
            "run-over-rise",
            "your fraction stands on its head: you divide the way to the right by the way up.",
            "A steep hill goes up a lot on a short way. Should its number be large or small?",
            "Slope says how far up you go for one step to the right. So what is divided by what?",
            "From (1, 2) to (3, 8) you go up 6 while you go right 2. For one step right that is 6 / 2, and you "
            "computed 2 / 6.",
            wrong=lambda x1, y1, x2, y2: (x2 - x1) / (y2 - y1),
        ),
        Mistake(
            "parentheses",
            "Python divides before it subtracts, so only the two numbers beside the `/` are divided.",
            "In `8 - 2/3 - 1`, what does Python compute first?",
            "Put what belongs above the fraction line into parentheses, and what belongs below it too.",
            "`8 - 2/3 - 1` is 8 − 0.667 − 1 = 6.33. `(8 - 2)/(3 - 1)` is 6 / 2 = 3.",
            wrong=lambda x1, y1, x2, y2: y2 - y1 / x2 - x1,
        ),
        Mistake(
            "parentheses-above",
            "above the fraction line only the y of the first point is divided.",
            "In `8 - 2/(3 - 1)`, what does Python compute first?",
            "What belongs above the fraction line needs parentheses too.",
            "`8 - 2/(3 - 1)` is 8 − 1 = 7. `(8 - 2)/(3 - 1)` is 6 / 2 = 3.",
            wrong=lambda x1, y1, x2, y2: y2 - y1 / (x2 - x1),
        ),
        Mistake(
            "parentheses-below",
            "below the fraction line there is only the x of the second point; the other is subtracted afterwards.",
            "In `(8 - 2)/3 - 1`, what does Python compute last?",
            "What belongs below the fraction line needs parentheses too.",
            "`(8 - 2)/3 - 1` is 2 − 1 = 1. `(8 - 2)/(3 - 1)` is 6 / 2 = 3.",
            wrong=lambda x1, y1, x2, y2: (y2 - y1) / x2 - x1,
        ),
        Mistake(
            "sign",
            "the size is right and the sign is turned: your line goes down where it should go up.",
            "Do you subtract in the same order above and below the fraction line?",
            "Second minus first above, and below as well. Or first minus second, in both.",
            "From (1, 2) to (3, 8): 8 − 2 = 6 and 3 − 1 = 2 give 3. With 2 − 8 = −6 over 3 − 1 = 2 you get −3.",
            wrong=lambda x1, y1, x2, y2: (y1 - y2) / (x2 - x1),
        ),
        Mistake(
            "whole-numbers",
            "your answers are whole numbers, also where the slope lies between two of them.",
            "What is 2 / 4, and what is 2 // 4?",
            "In Python `//` divides and cuts the rest off.",
            "From (1, 2) to (5, 4) the line goes up 2 on 4, half a unit for one step to the right. `2 // 4` is 0.",
            wrong=lambda x1, y1, x2, y2: (y2 - y1) // (x2 - x1),
        ),
        Mistake(
            "rise-only",
            "you return how far the line goes up between the points, on whatever way to the right.",
            "Two hills go up by 6 m, one on 2 m and one on 200 m. Are they equally steep?",
            "The rise has to be shared out over the run.",
            "From (1, 2) to (3, 8) the rise is 6 and the run is 2: three up for each one to the right.",
            wrong=lambda x1, y1, x2, y2: y2 - y1,
        ),
        Mistake(
            "argument-order",
            "your function takes the two x first and then the two y.",
            "The check calls hello_slope(1, 2, 3, 8) for the points (1, 2) and (3, 8). Which argument is which?",
            "Look at the names in your `def` line, one by one, beside the four numbers of the call.",
            "In hello_slope(1, 2, 3, 8) the 1 and the 2 are x and y of the first point. Your line reads them as two x.",
            wrong=lambda x1, y1, x2, y2: (y2 - x2) / (y1 - x1),
        ),
        Mistake(
            "absolute",
            "your slope is never negative: a line that goes down gets the number of one that goes up.",
            "How would you tell a hill from a valley side by its slope?",
            "The sign is the answer to “up or down”. Which part of your line takes it away?",
            "From (−2, 5) to (4, 2) you go up by 2 − 5 = −3, which is down, on a way of 6: −0.5.",
            wrong=lambda x1, y1, x2, y2: abs((y2 - y1) / (x2 - x1)),
        ),
        Mistake(
            "sums",
            "you add the coordinates where the way between them is wanted.",
            "You start at 2 and arrive at 8. How far did you go?",
            "A way is the difference of two places.",
            "From 2 to 8 the way is 8 − 2 = 6. Their sum, 10, is no way from one to the other.",
            wrong=lambda x1, y1, x2, y2: (y2 + y1) / (x2 + x1),
        ),
        Mistake(
            "one-point",
            "your answer uses the second point alone.",
            "If you move the first point, does the line get steeper or flatter?",
            "y divided by x is the slope of the line from the origin (0, 0) to a point.",
            "Through (1, 2) and (3, 8) the line does not start at the origin: 8 / 3 is the slope of another line.",
            wrong=lambda x1, y1, x2, y2: y2 / x2,
        ),
    ),
)

register(DOUBLE, HELLO_SLOPE)
