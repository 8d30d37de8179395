"""Writes the course's penguin and digit tables from the packages that carry them: python lessons/building/tables.py

Run once by hand; `tests/test_tables.py` runs it again and compares. Learners install neither package.
"""

import sys
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "helpers" / "data"

PENGUINS = """\
# Palmer penguins: 342 birds of three species with all four measurements, from the islands near Palmer Station
# Source: K. B. Gorman, T. D. Williams, W. R. Fraser, PLoS ONE 9(3), e90081 (2014); A. M. Horst, A. P. Hill,
# K. B. Gorman, palmerpenguins (2020), package palmerpenguins for Python; 2 of its 344 birds lack measurements
# Units: millimetres, and grams for body_mass
# Licence: CC0
species,bill_length,bill_depth,flipper_length,body_mass
"""
DIGITS = """\
# Handwritten digits: 1797 images of 8 by 8 pixels, ink from 0 (none) to 16, in the order of collection (by writer)
# Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository (1998),
# DOI 10.24432/C50P49; the test writers, as packaged with scikit-learn
# A line is the digit, then its 64 pixels row by row, one character each: 0 to 9, and a to g for 10 to 16
# Licence: CC BY 4.0
"""
INK = "0123456789abcdefg"


def penguins():
    """The text of the penguin table."""
    from palmerpenguins import load_penguins

    columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    table = load_penguins().dropna(subset=columns)
    rows = zip(table["species"], *(table[column] for column in columns), strict=True)
    return PENGUINS + "".join(f"{name},{a:g},{b:g},{c:g},{d:g}\n" for name, a, b, c, d in rows)


def digits():
    """The text of the digit table."""
    from sklearn.datasets import load_digits

    table = load_digits()
    rows = zip(table.target, table.data.astype(int), strict=True)
    return DIGITS + "".join(f"{label} {''.join(INK[ink] for ink in image)}\n" for label, image in rows)


if __name__ == "__main__":
    for name, text in (("penguins.csv", penguins()), ("digits.txt", digits())):
        (DATA / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {name}: {len(text)} characters", file=sys.stderr)
