"""Each control of each figure of lesson 6, moved by mouse and by keyboard in a real JupyterLab."""

from typing import ClassVar

from helpers.figures import vanishing_gradients

from .figure_tests import ControlTests


class TestFigures(ControlTests):
    lesson = vanishing_gradients
    walks: ClassVar = {  # "play" has a test of its own
        "scalar_chain": ("more", "more", "less", "reset"),
        "layer_xray": ("step", "keep", "step", "keep", "back", "reset"),
        "dead_units": ("step", "step", "back", "reset"),
        "symmetry": ("step", "step", "back", "reset"),
        "prescriptions": ("step", "step", "back", "reset"),
    }
    only_heard: ClassVar = {("layer_xray", "rate"), ("prescriptions", "prescription")}  # before the first epoch

    def ready(self, pair, figure, control=""):
        if figure == "layer_xray":
            for name, option in (("activation", "tanh"), ("start", "Xavier"), ("depth", "5"), ("rate", "0.05")):
                pair.put(name, option)
        if figure == "dead_units":
            if control != "rate":
                pair.put("rate", "2")
            pair.put("updates", 300)
        if figure == "prescriptions":
            pair.put("patient", "D")
            pair.put("prescription", "η over 20")


def test_training_without_a_prescription_is_explained_in_one_sentence(pairs):
    pair = pairs["prescriptions"].look()
    pair.put("prescription", vanishing_gradients.NOTHING)
    pair.shown.button("step").click()
    pair.shown.root.locator(".lf-error", has_text="Prescribe one change first").wait_for()


def test_the_training_plays_can_be_stopped_and_goes_on(pairs):
    pair = pairs["layer_xray"].look()
    TestFigures().ready(pair, "layer_xray")
    pair.press("reset")
    button = pair.shown.button("play")
    with pair.shown.moving():
        pair.push("play")
        pair.page.wait_for_function("b => b.textContent === 'Pause'", arg=button.element_handle())
        pair.push("play", "Space")
    epoch = int(pair.shown.alt().split("Epoch ")[1].split()[0])
    assert 1 <= epoch < 20 and button.inner_text() == "Train to the end"
    assert pair.catch_up() == epoch
    pair.agree()
    pair.press("step", "Space")
    pair.agree()


def test_the_figures_in_words_say_what_the_pictures_show(pairs):
    for pair in pairs.values():
        pair.look().same_figure_in_words()
