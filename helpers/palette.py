"""The course's colours and letter sizes: one colour for one idea, from the first figure to the last.

The hues are Okabe and Ito's, which people with the common kinds of colour blindness can tell apart; in grey print
marks also differ in shape or dash. https://jfly.uni-koeln.de/color/
"""

DATA = "#222222"  # what was measured: dots
MODEL = "#0072B2"  # what the knobs draw: a solid line
LOSS = "#8F3B76"  # how wrong the model is: the loss and its curve
RESIDUAL = "#B97FA6"  # one stick a data point: the same family as the loss it adds up to
GRADIENT = "#D55E00"  # slopes, tangents, screens: always this orange
STEP = "#00795A"  # where a step leads
GUESS = "#6A6A6A"  # the learner's own prediction: dotted
WRONG = "#E69F00"  # amber: a result that came out wrong
PAPER = "#FFFFFF"
INK = "#222222"
FAINT = "#D9D9D9"

TEXT = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 11.5,
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#777777",
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "axes.titlelocation": "left",
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.unicode_minus": True,
}
