"""The course's small tables of real measurements, each with its source, and one load function a table.

Every table is a CSV file beside this module. Its first lines, which start with ``#``, say where the numbers come
from, in which units they are and under which licence they may be passed on.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = [
    "Co2", "Digits", "Forbes", "Hubble", "Penguins", "load_co2", "load_digits", "load_forbes", "load_hubble",
    "load_penguins", "standardised_co2",
]  # fmt: skip

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Hubble:
    """Hubble's 24 nebulae of 1929.

    ``name`` is a tuple of 24 strings, ``distance`` a float64 array (24,) in 10^6 parsecs (Mpc), ``velocity`` a
    float64 array (24,) in km/s, positive where the nebula moves away from us.
    """

    name: tuple
    distance: np.ndarray
    velocity: np.ndarray


@dataclass(frozen=True)
class Co2:
    """Annual mean CO2 at Mauna Loa: ``year`` and ``ppm``, float64 arrays (67,), 1959 to 2025."""

    year: np.ndarray
    ppm: np.ndarray


@dataclass(frozen=True)
class Forbes:
    """Forbes's 17 mountain readings: ``boiling_point`` of water, °F, and air ``pressure``, inches of mercury, (17,)."""

    boiling_point: np.ndarray
    pressure: np.ndarray


@dataclass(frozen=True)
class Penguins:
    """342 penguins: ``measurements`` (342, 4), ``species`` (342,) whole numbers 0 to 2, their ``names``, ``features``.

    The features are bill length, bill depth, flipper length (mm) and body mass (g).
    """

    measurements: np.ndarray
    species: np.ndarray
    names: tuple
    features: tuple


@dataclass(frozen=True)
class Digits:
    """1797 handwritten digits: ``images`` (1797, 64), ink 0.0 to 16.0, 8 rows of 8; ``labels`` (1797,), 0 to 9."""

    images: np.ndarray
    labels: np.ndarray


def _rows(filename):
    lines = (_FOLDER / filename).read_text(encoding="utf-8").splitlines()
    table = [line.split(",") for line in lines if line and not line.startswith("#")]
    return table[1:]  # the first is the header


def load_hubble():
    """Hubble's table 1 as a `Hubble`. Source: E. Hubble, PNAS 15(3), 168-173 (1929)."""
    rows = _rows("hubble_1929.csv")
    return Hubble(
        name=tuple(row[0] for row in rows),
        distance=np.array([float(row[1]) for row in rows]),
        velocity=np.array([float(row[2]) for row in rows]),
    )


def load_co2():
    """The Mauna Loa record as a `Co2`. Source: NOAA GML; before May 1974 Scripps (C. D. Keeling)."""
    rows = _rows("mauna_loa_co2.csv")
    return Co2(year=np.array([float(row[0]) for row in rows]), ppm=np.array([float(row[1]) for row in rows]))


def load_forbes():
    """Forbes's readings as a `Forbes`. Source: J. D. Forbes, Trans. R. Soc. Edinburgh 21, 235-243 (1857)."""
    rows = _rows("forbes_1857.csv")
    return Forbes(
        boiling_point=np.array([float(row[0]) for row in rows]), pressure=np.array([float(row[1]) for row in rows])
    )


def load_penguins():
    """The Palmer penguins as `Penguins`. Source: Gorman et al., PLoS ONE 9(3), e90081 (2014); Horst et al. 2020."""
    rows = _rows("penguins.csv")
    names = ("Adelie", "Chinstrap", "Gentoo")
    return Penguins(
        measurements=np.array([[float(entry) for entry in row[1:]] for row in rows]),
        species=np.array([names.index(row[0]) for row in rows]),
        names=names,
        features=("bill length, mm", "bill depth, mm", "flipper length, mm", "body mass, g"),
    )


def load_digits():
    """The digits as `Digits`, in the order of collection. Source: Alpaydin and Kaynak, UCI (1998)."""
    lines = (_FOLDER / "digits.txt").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    return Digits(
        images=np.array([[int(ink, 17) for ink in row[2:]] for row in rows], dtype=float),
        labels=np.array([int(row[0]) for row in rows]),
    )


def standardised_co2():
    """The CO2 record in the units of the six-knob bench: arrays x and z, both (67,), without units.

    x = (year - 1992) / 33 runs from -1 to 1; z = (ppm - mean) / (standard deviation of all 67 values), so z has
    mean 0 and mean square 1. The two numbers are computed from the table, not typed.
    """
    co2 = load_co2()
    x = (co2.year - 1992.0) / 33.0
    z = (co2.ppm - co2.ppm.mean()) / co2.ppm.std()
    return x, z
