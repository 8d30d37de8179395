"""What LiveFigure promises, driven without a browser."""

import asyncio
import base64
import io
import json
import threading

import numpy as np
import pytest
from PIL import Image

from helpers.live import FINE, Button, Choice, LiveFigure, Slider, Toggle
from helpers.plain import PlainError


class Bend(LiveFigure):
    """A small figure with one control of each kind."""

    name = "bend"
    task = "Bend the line."
    size = (4.0, 2.0)
    tabled = ("m",)
    controls = (
        Slider("m", "slope", -2, 2, 0.5, 0, unit="m/s"),
        Slider("h", "height", -1, 1, 0.1, 0),
        Toggle("dots", "dots"),
        Choice("word", "word", ("up", "down"), "up"),
        Button("step", "Step"),
        Button("play", "Play", repeats="step"),
        Button("break", "Break"),
    )

    def draw(self, figure):
        self.axes = figure.add_axes((0.1, 0.2, 0.85, 0.7))
        self.axes.set(xlim=(0, 1), ylim=(-3, 3))
        self.moving("line", self.axes.plot([], [], ls="--"))
        self.moving("dots", self.axes.plot([0.5], [0], "o", ls="None"))
        self.moving("sticks", self.axes.vlines([0.2, 0.8], [0, 0], [1, 1]))
        self.moving("name", self.axes.text(0.1, 2, ""))
        self.moving("area", self.axes.fill([0, 1, 1], [0, 0, 1])[0])
        self.broken = False

    def update(self):
        if self.broken:
            self.broken = False
            raise ZeroDivisionError("a slope over no distance")
        m, h = self.value["m"], self.value["h"]
        self.artists["line"].set_data([0, 1], [h, h + m])
        self.artists["dots"].set_visible(self.value["dots"])
        self.artists["name"].set_text(f"{self.value['word']} {m:.1f}")

    def describe(self):
        return f"A line with slope {self.value['m']:.1f} and height {self.value['h']:.1f}, {self.value['word']}."

    def read(self):
        return {"slope": f"{self.value['m']:.2f}"}

    def pressed(self, name):
        if name == "break":
            self.broken = True
        else:
            self.value["m"] += 0.5

    def finished(self):
        return self.value["m"] >= 2


@pytest.fixture
def bend():
    """A fresh figure that keeps what it sends."""
    figure = Bend()
    figure.sent = []
    figure.send = lambda content, buffers=None: figure.sent.append((content, buffers))
    return figure


def ask(figure, seq=1, rest=False, **message):
    """A request as the browser sends it."""
    figure._on_message(figure, {"type": "ask", "seq": seq, "rest": rest, **message}, [])


def pixels(blob):
    return np.asarray(Image.open(io.BytesIO(blob)).convert("RGB")).astype(int)


def test_the_picture_at_rest_is_twice_as_fine_as_the_page():
    assert pixels(Bend().still).shape == (200 * FINE, 400 * FINE, 3)


def test_moving_a_control_moves_picture_alt_and_readout_together(bend):
    before = bend.picture()
    bend.set("m", 1.5)
    assert np.any(bend.picture() != before)
    assert bend.alt == "A line with slope 1.5 and height 0.0, up."
    assert bend.readouts == {"slope": "1.50"}
    assert list(bend.artists["line"].get_data()[1]) == [0, 1.5]


def test_painting_on_the_kept_background_gives_the_same_picture_as_drawing_all_anew(bend):
    bend.set("m", 1.0)
    bend.set("dots", True)
    kept = bend.picture()
    bend._backgrounds.clear()
    assert np.array_equal(kept, bend.picture())


def test_the_background_is_drawn_once_however_often_the_hand_moves(bend, monkeypatch):
    drawn = []
    draw = bend.figure.draw
    monkeypatch.setattr(bend.figure, "draw", lambda renderer: (drawn.append(1), draw(renderer)))
    bend.picture()
    for seq in range(20):
        ask(bend, seq, moves={"m": seq / 10})
    assert len(drawn) == 1


def test_a_changed_title_or_limit_is_drawn_without_being_asked_for(bend):
    before = bend.picture()
    bend.axes.set_title("new")
    titled = bend.picture()
    assert np.any(titled != before)
    bend.axes.set_ylim(-9, 9)
    assert np.any(bend.picture() != titled)


def test_both_finenesses_can_be_asked_for_in_any_order(bend):
    small, large = bend.picture(1), bend.picture(2)
    assert np.array_equal(small, bend.picture(1))
    assert np.array_equal(large, bend.picture(2))


def test_a_frame_carries_picture_and_alt_text_in_one_message(bend):
    ask(bend, 7, view="left", moves={"m": -1.0})
    [(message, buffers)] = bend.sent
    assert message["type"] == "frame"
    assert message["state"]["seq"] == 7 and message["state"]["view"] == "left"
    assert message["state"]["alt"] == "A line with slope -1.0 and height 0.0, up."
    assert message["state"]["readouts"] == {"slope": "-1.00"}
    assert pixels(buffers[0]).shape == (200, 400, 3)


def test_a_quick_frame_shows_nearly_the_same_picture_as_the_fine_one(bend):
    ask(bend, 1, moves={"m": 2.0})
    quick = pixels(bend.sent[0][1][0])
    exact = bend.picture(1)[..., :3].astype(int)
    assert np.mean(np.abs(quick - exact)) < 2


def test_a_request_at_rest_sends_no_quick_frame_but_the_fine_picture_and_the_words(bend):
    before = bend.still
    ask(bend, 3, rest=True, moves={"h": 0.5})
    assert bend.sent == []
    assert bend.still != before
    assert bend.shown["seq"] == 3
    assert "height 0.5" in bend.words


def test_several_controls_can_move_in_one_request(bend):
    ask(bend, 1, moves={"m": 1.0, "h": 0.5, "dots": True, "word": "down"})
    assert bend.value == {"m": 1.0, "h": 0.5, "dots": True, "word": "down"}


def test_a_repeating_button_presses_the_button_it_repeats(bend):
    bend.press("play")
    assert bend.value["m"] == 0.5
    for _ in range(3):
        bend.press("step")
    assert bend.shown["finished"] is True


def test_an_error_in_update_is_one_sentence_and_the_next_move_works(bend):
    ask(bend, 1, press="break")
    state = bend.sent[-1][0]["state"]
    assert state["error"] == (
        "The figure cannot show this: a slope over no distance. Move a control, and it tries again."
    )
    assert "Traceback" not in state["error"]
    ask(bend, 2, moves={"m": 1.0})
    assert bend.sent[-1][0]["state"]["error"] == ""
    assert bend.alt != bend.error


def test_an_error_in_the_description_is_shown_and_does_not_stop_the_picture(bend, monkeypatch):
    monkeypatch.setattr(bend, "describe", lambda: 1 / 0)
    ask(bend, 1, moves={"m": 1.0})
    message, buffers = bend.sent[-1]
    assert "division by zero" in message["state"]["error"]
    assert len(buffers[0]) > 0


def test_a_value_out_of_range_is_brought_to_the_nearest_end(bend):
    bend.set("m", 1e6)
    assert bend.value["m"] == 2
    bend.set("m", -np.inf)
    assert bend.value["m"] == -2


@pytest.mark.parametrize("value", [float("nan"), "left", None, [1, 2], True])
def test_a_slider_says_what_it_takes(bend, value):
    with pytest.raises(PlainError, match="slope takes a number from -2 to 2, not"):
        bend.set("m", value)


def test_a_toggle_and_a_choice_say_what_they_take(bend):
    with pytest.raises(PlainError, match="either True or False"):
        bend.set("dots", 3)
    with pytest.raises(PlainError, match="one of up, down"):
        bend.set("word", "sideways")


def test_an_unknown_control_or_button_is_named_with_those_that_exist(bend):
    with pytest.raises(PlainError, match=r"no control 'slope'.*m, h, dots, word"):
        bend.set("slope", 1)
    with pytest.raises(PlainError, match=r"no button 'go'.*step, play, break"):
        bend.press("go")


def test_nonsense_from_the_page_becomes_a_sentence(bend):
    ask(bend, 1, moves={"m": "abc"})
    assert bend.sent[-1][0]["state"]["error"] == "slope takes a number from -2 to 2, not 'abc'."


def test_a_number_that_ran_away_can_still_be_sent(bend):
    bend.value["m"] = float("inf")
    ask(bend, 1, moves={"h": 0.1})
    state = bend.sent[-1][0]["state"]
    assert state["values"]["m"] is None
    json.dumps(state, allow_nan=False)


def test_the_bundle_holds_the_live_figure_and_a_picture_with_its_alt_text(bend):
    data, metadata = bend._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == bend.model_id
    assert base64.b64decode(data["image/png"]) == bend.still
    assert metadata["image/png"]["alt"] == bend.alt
    assert data["text/plain"] == f"Bend. {bend.alt}"


def test_two_figures_made_alike_show_the_same_bytes():
    assert Bend().still == Bend().still


# ---- tables --------------------------------------------------------------------------------------------------------


def test_a_table_holds_alt_text_and_numbers_of_every_position(bend):
    table, _ = bend.table("m")
    assert len(table["states"]) == 9
    for state, value in zip(table["states"], bend._controls["m"].positions(), strict=True):
        bend.set("m", value)
        assert state["alt"] == bend.alt
        assert state["readouts"] == bend.readouts


def test_a_table_places_each_mark_where_matplotlib_does(bend):
    table, points = bend.table("m")
    [line] = [mark for mark in table["marks"] if mark["kind"] == "line" and mark["dash"]]
    for index, value in enumerate(bend._controls["m"].positions()):
        bend.set("m", value)
        bend.picture(1)
        expected = bend.axes.transData.transform([(0, 0), (1, value)])
        [[start, count]] = line["spans"][index]
        found = points[line["start"] + start :][:count]
        assert np.allclose(found[:, 0], expected[:, 0], atol=1e-3)
        assert np.allclose(200 - found[:, 1], expected[:, 1], atol=1e-3)


def test_making_a_table_leaves_the_figure_where_it_was(bend):
    bend.set("m", 1.0)
    before = bend.picture()
    bend.table("m")
    assert bend.value["m"] == 1.0
    assert np.array_equal(bend.picture(), before)


def test_a_hidden_artist_is_hidden_in_the_table_too(bend):
    table, _ = bend.table("m")
    dots = next(mark for mark in table["marks"] if mark.get("marker") == "o")
    assert dots["spans"] == [[]] * 9
    bend.set("dots", True)
    table, _ = bend.table("m")
    dots = next(mark for mark in table["marks"] if mark.get("marker") == "o")
    assert all(len(spans) == 1 for spans in dots["spans"])


def test_a_mark_that_rests_is_sent_once(bend):
    table, points = bend.table("m")
    [sticks] = [mark for mark in table["marks"] if mark["kind"] == "segments"]
    assert sticks["spans"][0] == sticks["spans"][8] or len(points) < 200


def test_a_table_goes_stale_when_anything_but_its_own_slider_changes(bend):
    first = bend.table("m")[0]["version"]
    bend.set("m", 1.0)
    assert bend.shown["versions"]["m"] == first
    bend.set("h", 0.5)
    assert bend.shown["versions"]["m"] == first + 1
    bend.press("step")
    assert bend.shown["versions"]["m"] == first + 2


def test_a_slider_without_a_table_says_so(bend):
    with pytest.raises(PlainError, match="no table for 'h'"):
        bend.table("h")


def test_a_slider_that_moves_the_background_cannot_have_a_table(bend, monkeypatch):
    monkeypatch.setattr(bend, "update", lambda: bend.axes.set_title(f"{bend.value['m']}"))
    with pytest.raises(RuntimeError, match="m changes the background"):
        bend.table("m")


def test_an_artist_that_the_browser_cannot_draw_is_named(bend):
    bend.moving("cloud", bend.axes.scatter([0.5], [0.5]))
    with pytest.raises(TypeError, match="PathCollection"):
        bend.table("m")


def test_a_table_message_carries_background_and_geometry(bend):
    bend._on_message(bend, {"type": "table", "name": "m", "fine": True}, [])
    message, (background, geometry) = bend.sent[-1]
    assert message["type"] == "table"
    assert pixels(background).shape == (400, 800, 3)
    total = len(np.frombuffer(geometry, dtype=np.float32)) // 2
    last = message["table"]["marks"][-1]
    assert all(last["start"] + start + count <= total for spans in last["spans"] for start, count in spans)
    json.dumps(message, allow_nan=False)


def test_an_artist_needs_a_class_that_says_what_it_shows():
    with pytest.raises(NotImplementedError, match="LiveFigure needs a method draw"):
        LiveFigure()


def test_pictures_are_numbered_so_that_a_view_can_drop_a_late_one(bend):
    ask(bend, 1, moves={"m": 1.0})
    ask(bend, 2, moves={"m": 1.5})
    first, second = (message["state"]["number"] for message, _ in bend.sent)
    ask(bend, 3, rest=True)
    assert first < second < bend.shown["number"]


def test_a_hand_that_moves_while_a_table_is_made_does_not_wait_for_it(bend, monkeypatch):
    monkeypatch.setattr("helpers.live.SLICE", 0.0)  # so that no slice gets through a position
    async def ask_for_a_table_and_move():
        bend._on_message(bend, {"type": "table", "name": "m"}, [])
        assert bend.sent == []
        ask(bend, 1, moves={"m": 1.5})
        assert [message["type"] for message, _ in bend.sent] == ["frame"]
        assert bend.value["m"] == 1.5
        monkeypatch.setattr("helpers.live.SLICE", 1.0)
        for _ in range(100):
            await asyncio.sleep(0.005)
            if len(bend.sent) > 1:
                return

    asyncio.run(ask_for_a_table_and_move())
    assert [message["type"] for message, _ in bend.sent] == ["frame", "table"]
    assert bend.value["m"] == 1.5


def test_a_table_that_went_stale_in_the_making_is_made_anew(bend, monkeypatch):
    monkeypatch.setattr("helpers.live.SLICE", 0.0)

    async def ask_for_a_table_and_change_another_control():
        bend._on_message(bend, {"type": "table", "name": "m"}, [])
        bend.set("h", 0.5)
        monkeypatch.setattr("helpers.live.SLICE", 1.0)
        for _ in range(100):
            await asyncio.sleep(0.005)
            if bend.sent:
                return

    asyncio.run(ask_for_a_table_and_change_another_control())
    [(message, _)] = bend.sent
    assert message["table"]["version"] == bend.shown["versions"]["m"]
    assert "height 0.5" in message["table"]["states"][0]["alt"]


# ---- marks in place of a picture -----------------------------------------------------------------------------------


def ground(figure):
    """The version of the background that a browser gets when it asks for it."""
    figure._on_message(figure, {"type": "ground", "fine": True}, [])
    message, [background] = figure.sent[-1]
    assert message["type"] == "ground"
    assert pixels(background).shape == (400, 800, 3)
    return message["version"]


def test_a_browser_that_keeps_the_background_is_sent_marks_alone(bend):
    ask(bend, 1, ground=ground(bend), moves={"m": 1.0, "h": 0.5})
    message, [geometry] = bend.sent[-1]
    points = np.frombuffer(geometry, dtype=np.float32).reshape(-1, 2)
    [line] = [mark for mark in message["marks"] if mark["kind"] == "line" and mark["dash"]]
    [[[start, count]]] = line["spans"]
    bend.picture(1)
    expected = bend.axes.transData.transform([(0, 0.5), (1, 1.5)])
    found = points[line["start"] + start :][:count]
    assert np.allclose(found, np.column_stack([expected[:, 0], 200 - expected[:, 1]]), atol=1e-3)
    assert message["state"]["alt"] == "A line with slope 1.0 and height 0.5, up."
    json.dumps(message, allow_nan=False)


def test_marks_do_not_depend_on_the_resolution_that_was_painted_last(bend):
    version = ground(bend)
    sent = []
    for scale in (1, 2):
        bend.picture(scale)
        ask(bend, 1, ground=version)
        message, [geometry] = bend.sent[-1]
        sent.append((message["marks"], np.frombuffer(geometry, dtype=np.float32)))
    assert np.allclose(sent[0][1], sent[1][1], atol=1e-3)
    for one, two in zip(sent[0][0], sent[1][0], strict=True):
        assert one["spans"] == two["spans"]
        assert one["clip"] == two["clip"] or np.allclose(one["clip"], two["clip"])


def test_a_background_that_moves_along_makes_the_frame_a_picture(bend):
    version = ground(bend)
    bend.axes.set_title("moved")
    ask(bend, 1, ground=version, moves={"m": 1.0})
    message, [picture] = bend.sent[-1]
    assert "marks" not in message
    assert pixels(picture).shape == (200, 400, 3)
    assert message["state"]["ground"] == version + 1
    ask(bend, 2, ground=ground(bend), moves={"m": 1.5})
    assert "marks" in bend.sent[-1][0]


def test_an_artist_that_the_browser_cannot_draw_makes_the_frame_a_picture(bend):
    bend.moving("cloud", bend.axes.scatter([0.5], [0.5]))
    ask(bend, 1, ground=ground(bend), moves={"m": 1.0})
    message, [picture] = bend.sent[-1]
    assert "marks" not in message
    assert pixels(picture).shape == (200, 400, 3)


def test_a_cell_and_the_hand_may_move_a_figure_at_the_same_time(bend):
    def cell():
        for n in range(40):
            bend.set("h", -1 + n % 3)
            seen.append((bend.value["h"], bend.alt))

    seen = []
    thread = threading.Thread(target=cell)
    thread.start()
    for n in range(40):
        ask(bend, n, moves={"m": float(n % 3)})
    thread.join()
    bend.set("m", 1.0)
    bend.set("h", 0.5)
    alone = Bend()
    alone.set("m", 1.0)
    alone.set("h", 0.5)
    assert np.array_equal(bend.picture(), alone.picture())
    assert all(f"height {h:.1f}" in alt for h, alt in seen)


@pytest.mark.parametrize(("fine", "shape"), [(True, (400, 800, 3)), (False, (200, 400, 3))])
def test_a_background_is_as_fine_as_the_screen_that_asks_for_it(bend, fine, shape):
    bend._on_message(bend, {"type": "ground", "fine": fine}, [])
    bend._on_message(bend, {"type": "table", "name": "m", "fine": fine}, [])
    assert [pixels(buffers[0]).shape for _, buffers in bend.sent] == [shape, shape]


# ---- a click in the picture ----------------------------------------------------------------------------------------


class Spot(LiveFigure):
    """Two axes to click in: a map for two sliders, and a logarithmic scale, upside down, for one."""

    name = "spot"
    task = "Put the spot somewhere."
    size = (4.0, 2.0)
    controls = (
        Slider("x", "spot x", -2, 2, 0.05, 0),
        Slider("y", "spot y", 0, 1, 0.1, 0.5, digits=1),
        Slider("size", "size", 1, 100, 1, 10, digits=0),
        Toggle("wide", "twice as wide"),
    )

    def draw(self, figure):
        self.map = figure.add_axes((0.1, 0.2, 0.5, 0.7))
        self.map.set(xlim=(-2.5, 2.5), ylim=(-0.5, 1.5))
        self.scale = figure.add_axes((0.7, 0.2, 0.25, 0.7))
        self.scale.set(yscale="log", ylim=(1000, 0.1), xlim=(0, 1))
        self.pick(self.map, x="x", y="y", hint="Click in the map to move the spot.")
        self.pick(self.scale, y="size", hint="Click in the scale for its size.")
        self.moving("spot", self.map.plot([], [], "o"))

    def update(self):
        wide = 2 if self.value["wide"] else 1
        if self.map.get_xlim()[1] != 2.5 * wide:
            self.map.set_xlim(-2.5 * wide, 2.5 * wide)
        self.artists["spot"].set_data([self.value["x"]], [self.value["y"]])

    def describe(self):
        return f"A spot of size {self.value['size']:.0f} at {self.value['x']:.2f}, {self.value['y']:.1f}."


@pytest.fixture
def spot():
    """A fresh figure to click in."""
    return Spot()


def place(figure, axes, x, y):
    """Where a place in the axes' own numbers is in the picture: CSS pixels from the left and from the top."""
    figure.picture(1)
    left, up = axes.transData.transform((x, y))
    return left, figure.face["height"] - up


def test_a_click_sets_both_numbers_of_its_place_and_the_picture_follows(spot):
    before = spot.picture()
    spot.click(*place(spot, spot.map, -1.35, 0.2))
    assert (spot.value["x"], spot.value["y"], spot.value["size"]) == (-1.35, 0.2, 10)
    assert spot.alt == "A spot of size 10 at -1.35, 0.2."
    assert np.any(spot.picture() != before)


def test_a_click_goes_to_the_nearest_step_inside_the_sliders_range(spot):
    spot.click(*place(spot, spot.map, 1.018, 0.449))
    assert (spot.value["x"], spot.value["y"]) == (1.0, 0.4)
    spot.click(*place(spot, spot.map, 2.4, -0.4))
    assert (spot.value["x"], spot.value["y"]) == (2.0, 0.0)


def test_a_click_reads_a_logarithmic_scale_that_hangs_upside_down(spot):
    for size in (2, 37, 100):
        spot.click(*place(spot, spot.scale, 0.5, size))
        assert spot.value["size"] == size
    assert (spot.value["x"], spot.value["y"]) == (0, 0.5)


def test_a_click_follows_axes_that_were_changed(spot):
    at = place(spot, spot.map, 0.5, 0.5)
    spot.set("wide", True)
    spot.click(*at)
    assert spot.value["x"] == 1.0
    assert spot.shown["areas"][0]["x"]["high"] == 5.0


@pytest.mark.parametrize("scale", [1, 2])
def test_the_page_is_told_where_a_click_counts_whatever_was_painted_last(spot, scale):
    spot.picture(scale)
    spot.set("x", 1)
    area, scale = spot.shown["areas"]
    assert [area[side] for side in ("left", "top", "width", "height")] == pytest.approx([40, 20, 200, 140])
    assert area["x"] == {"slider": "x", "low": -2.5, "high": 2.5, "log": False}
    assert "x" not in scale and scale["y"] == {"slider": "size", "low": 1000, "high": 0.1, "log": True}
    assert spot.face["hint"] == "Click in the map to move the spot. Click in the scale for its size."
    json.dumps(spot.shown, allow_nan=False)


def test_a_click_beside_all_axes_says_where_to_click(spot, bend):
    with pytest.raises(PlainError, match=r"chooses nothing\. Click in the map"):
        spot.click(2, 2)
    with pytest.raises(PlainError, match=r"chooses nothing\. This figure has no such place"):
        bend.click(200, 100)
    assert bend.face["hint"] == "" and bend.shown["areas"] == []


def test_an_author_is_told_what_cannot_be_picked(spot):
    for names in ({}, {"x": "wide"}, {"y": "nothing"}):
        with pytest.raises(ValueError, match="slider"):
            spot.pick(spot.map, **names)
    spot.map.set_xscale("symlog")
    with pytest.raises(ValueError, match="symlog"):
        spot.pick(spot.map, x="x")


@pytest.mark.parametrize(
    ("value", "nearest"),
    [(0.349, 0.35), (0.325001, 0.35), (0.3249, 0.3), (-7, -2), (7, 2), (np.float64(1e-6), 0.0), (-1.99, -2)],
)
def test_a_slider_knows_its_nearest_position(value, nearest):
    assert Slider("x", "x", -2, 2, 0.05, 0).nearest(value) == nearest


def test_the_last_position_is_never_beyond_the_range():
    slider = Slider("x", "x", 0, 1, 0.3, 0)
    assert slider.nearest(1) == 0.9 and slider.nearest(0.5) == 0.6


# ---- images of cells -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["upper", "lower"])
@pytest.mark.parametrize("turned", [False, True])
def test_an_image_of_cells_is_sent_as_its_cells(bend, origin, turned):
    cells = np.array([[0.0, 0.5, 1.0], [1.0, 1.0, 0.0]])
    extent = (0.2, 0.8, 2, -2) if origin == "upper" else (0.2, 0.8, -2, 2)
    image = bend.axes.imshow(
        cells, cmap="Greys", vmin=0, vmax=1, interpolation="nearest", origin=origin, extent=extent, aspect="auto"
    )
    bend.axes.set(xlim=(1, 0) if turned else (0, 1), ylim=(-3, 3))
    bend.moving("image", image)
    ask(bend, 1, ground=ground(bend), moves={"m": 1.0})
    message, [geometry] = bend.sent[-1]
    points = np.frombuffer(geometry, dtype=np.float32).reshape(-1, 2)
    [mark] = [mark for mark in message["marks"] if mark["kind"] == "image"]
    [[[start, count]]] = mark["spans"]
    left, bottom, right, top = points[mark["start"] + start :][:count].ravel()
    [sent] = mark["images"]
    colours = np.frombuffer(base64.b64decode(sent["rgba"]), dtype=np.uint8).reshape(sent["height"], sent["width"], 4)
    picture = bend.picture(1)
    for row in range(2):
        for column in range(3):
            x = left + (right - left) * (column + 0.5) / 3
            y = top + (bottom - top) * (row + 0.25) / 2  # a quarter down: no other mark lies there
            assert np.array_equal(colours[row, column, :3], picture[int(y), int(x), :3]), (row, column)


def test_a_smoothed_image_makes_the_frame_a_picture(bend):
    bend.moving("image", bend.axes.imshow([[0, 1]], interpolation="bilinear", aspect="auto"))
    ask(bend, 1, ground=ground(bend), moves={"m": 1.0})
    assert "marks" not in bend.sent[-1][0]
