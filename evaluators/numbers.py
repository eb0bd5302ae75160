"""Exact figures as text. Comparisons never see these texts: they happen on whole numbers, before any rounding."""

from __future__ import annotations

from fractions import Fraction


def shown(value: Fraction, decimals: int = 2) -> str:
    """A figure for people, rounded half up to at most `decimals` places, without trailing zeros."""
    scaled = abs(value) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = f"{whole:0{decimals + 1}d}"
    text = digits if not decimals else f"{digits[:-decimals]}.{digits[-decimals:]}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 and whole else text


def apart(value: Fraction, threshold: Fraction, decimals: int = 2) -> str:
    """A figure shown with as many places as it takes not to look equal to a threshold it is not equal to."""
    while value != threshold and decimals < 9 and shown(value, decimals) == shown(threshold, decimals):
        decimals += 1
    return shown(value, decimals)
