"""The tables of penguins and digits are those of the packages that carry them, and load as promised."""

import sys
from pathlib import Path

import numpy as np

from helpers.data import load_digits, load_forbes, load_penguins

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "lessons"))

from building import tables  # noqa: E402


def test_the_written_tables_are_what_the_script_writes_today():
    assert (tables.DATA / "penguins.csv").read_text(encoding="utf-8") == tables.penguins()
    assert (tables.DATA / "digits.txt").read_text(encoding="utf-8") == tables.digits()


def test_the_penguins_load():
    birds = load_penguins()
    assert birds.measurements.shape == (342, 4) and np.bincount(birds.species).tolist() == [151, 68, 123]
    assert len(birds.names) == 3 and len(birds.features) == 4
    assert birds.measurements[0].tolist() == [39.1, 18.7, 181.0, 3750.0]


def test_the_digits_load():
    digits = load_digits()
    assert digits.images.shape == (1797, 64) and digits.images.min() == 0 and digits.images.max() == 16
    assert digits.labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


def test_forbess_line_and_its_outlier():
    forbes = load_forbes()
    y = 100 * np.log10(forbes.pressure)
    slope, intercept = np.polyfit(forbes.boiling_point, y, 1)
    assert round(intercept, 3) == -42.164 and round(slope, 4) == 0.8956
    residual = y - intercept - slope * forbes.boiling_point
    assert np.argmax(np.abs(residual)) == 11 and round(residual[11], 2) == 1.36
