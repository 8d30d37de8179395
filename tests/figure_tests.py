"""What the tests of the figures without a browser share: other values of controls, and texts that stand on others."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg

from helpers.live import LiveFigure


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No picture is made for a browser that isn't there; `picture()` paints as ever. For a whole module."""
    monkeypatch.setattr(LiveFigure, "_encode", lambda *_: b"")


def makers(lesson):
    """All figures of a lesson, each as what makes one."""
    return [getattr(lesson, name) for name in lesson.__all__]


def name_of(make):
    """For the ids of parametrized tests."""
    return make.__name__


def elsewhere(control, value):
    """A value of the control that is not the one it has."""
    if control.kind == "toggle":
        return not value
    if control.kind == "choice":
        return next(option for option in control.options[::-1] if option != value)
    for part in (0.7, 0.3):
        there = control.low + control.step * round(part * (control.high - control.low) / control.step)
        if abs(there - value) > control.step / 2:
            return there
    raise AssertionError(f"{control.name} has only one place")


def settings(figure):
    """The controls that are not buttons."""
    return [control for control in figure.controls if control.kind != "button"]


def assert_it_changes(figure, name, value, then=lambda: None, picture=True, alt=True):
    """Set a control and do what comes `then`: words, and picture and alt text where they have to, change."""
    before, words, said = figure.picture(), figure.words, figure.alt
    figure.set(name, value)
    then()
    assert not figure.error, name
    assert figure.words != words, name
    assert figure.alt != said or not alt, name
    assert np.any(figure.picture() != before) or not picture, name


def assert_both_ends(figure, then=lambda: None):
    """Every slider stands both its ends, and what comes `then` there: no complaint, and no number that is none."""
    for control in figure.controls:
        if control.kind == "slider":
            kept = figure.value[control.name]
            for end in (control.low, control.high):
                figure.set(control.name, end)
                then()
                assert not figure.error, (control.name, end)
                for text in (figure.words, figure.alt, *figure.readouts.values()):
                    assert "nan" not in text and "inf" not in text, (control.name, end)
            figure.set(control.name, kept)


def assert_the_browser_can_draw(figure, alike=()):
    """Every slider with a table has a state a place, of finite numbers, each said in its own words but for `alike`."""
    for name in figure.tabled:
        table, points = figure.table(name)
        assert np.all(np.isfinite(points)) and not figure.error, name
        assert len(table["states"]) == len(figure._controls[name].positions())
        assert name in alike or len({state["alt"] for state in table["states"]}) == len(table["states"]), name


def assert_sentences(figure, hyphens=("e-",)):
    """The alt text is sentences with numbers, the words hold it, and no minus sign is a hyphen."""
    assert figure.alt.endswith(".") and any(c.isdigit() for c in figure.alt)
    assert figure.alt in figure.words
    for hyphen in hyphens:
        assert hyphen not in figure.words


def assert_guess_shows(with_guess, without):
    """A guess is drawn and said, and no text stands on another."""
    assert np.any(with_guess.picture() != without.picture())
    assert "our guess" in with_guess.words and "our guess" not in without.words
    assert not with_guess.error and not Page(with_guess).collisions()


class Page:
    """The texts that a figure shows, each with its box in CSS pixels; `at` moves controls and paints nothing."""

    def __init__(self, figure):
        self.figure = figure
        self.renderer = RendererAgg(900, 400, 100)
        figure.picture()  # titles and ticks find their places
        self.halves = {id(artist): name.rpartition("_")[0] for name, artist in figure.artists.items()
                       if name.endswith(("_start", "_end"))}  # two halves of one number may touch

    def texts(self):
        """All texts, of axes that lie in axes too."""
        axes = [*self.figure.figure.axes, *(child for one in self.figure.figure.axes for child in one.child_axes)]
        yield from self.figure.figure.texts
        for one in axes:
            yield from one.texts
            yield from (one.title, one._left_title) if one.axison else ()
            for axis in (one.xaxis, one.yaxis) if one.axison else ():
                low, high = sorted(axis.get_view_interval())
                yield axis.label
                for tick in axis.get_major_ticks():
                    if low <= tick.get_loc() <= high:
                        yield from (label for label in (tick.label1, tick.label2) if label.get_visible())

    def at(self, **values):
        """Put controls somewhere without painting the picture."""
        self.figure.value.update(values)
        self.figure.update()
        return self

    def collisions(self):
        """Pairs of texts that overlap, and texts that leave the picture."""
        shown, bad = [], []
        for text in self.texts():
            if text.get_visible() and text.get_text().strip():
                who = self.halves.get(id(text), id(text))
                shown.append((who, text.get_text(), text.get_window_extent(self.renderer)))
        for n, (who, text, box) in enumerate(shown):
            if box.x0 < 0 or box.y0 < 0 or box.x1 > 900 or box.y1 > 400:
                bad.append((text, "leaves the picture"))
            for other, beside, its in shown[n + 1 :]:
                apart = box.x1 <= its.x0 or its.x1 <= box.x0 or box.y1 <= its.y0 + 1 or its.y1 <= box.y0 + 1
                if who != other and not apart:
                    bad.append((text, beside))
        return bad
