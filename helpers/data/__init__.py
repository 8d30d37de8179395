"""The course's small tables of real measurements, each with its source, and one load function a table.

Every table is a CSV file beside this module. Its first lines, which start with ``#``, say where the numbers come
from, in which units they are and under which licence they may be passed on.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["Co2", "Hubble", "load_co2", "load_hubble", "standardised_co2"]

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


def standardised_co2():
    """The CO2 record in the units of the six-knob bench: arrays x and z, both (67,), without units.

    x = (year - 1992) / 33 runs from -1 to 1; z = (ppm - mean) / (standard deviation of all 67 values), so z has
    mean 0 and mean square 1. The two numbers are computed from the table, not typed.
    """
    co2 = load_co2()
    x = (co2.year - 1992.0) / 33.0
    z = (co2.ppm - co2.ppm.mean()) / co2.ppm.std()
    return x, z
