"""The figures of lessons 2, 3 and 4 on one page: opening a notebook costs more than most of what is asked of it."""

from weakref import WeakKeyDictionary

from helpers.figures import backpropagation, chain_rule, computational_graphs

LESSONS = (chain_rule, computational_graphs, backpropagation)
# An expression of a class that a learner might have written, walked by figure 3a.
OWN = """
class Number:
    def __init__(self, data, prev=(), slopes=(), op="", label=""):
        self.data, self.grad, self._prev, self._slopes, self._op, self.label = data, 0.0, prev, slopes, op, label
    def __mul__(self, other):
        return Number(self.data * other.data, (self, other), (other.data, self.data), "*")

a, b = Number(2.0, label="a"), Number(5.0, label="b")
product = a * b
own = edge_stickers(product * a)
own
"""
ORDER = (*(name for lesson in LESSONS for name in lesson.__all__), "own")
_PAGES = WeakKeyDictionary()  # a run has one lab, and it closes what is open at its end


def page_of(lab):
    """The page of this run with all these figures, in the order of ORDER; opened at the first call."""
    if lab not in _PAGES:
        sources = [f"from {lesson.__name__} import *" for lesson in LESSONS]
        sources += [f"fig_{name} = {name}()\nfig_{name}" for name in ORDER[:-1]]
        page = lab.open(["\n".join(sources[:3]), *sources[3:], OWN], dots=2.0)
        lab.run_all(page)
        _PAGES[lab] = page
    return _PAGES[lab]


def twin_of(kind):
    """A figure of this class in this process, which makes no pictures unless it is asked for one."""
    twin = kind()
    twin._encode = lambda *_: b""
    return twin
