"""Exponents in Unicode, which tables and figures write alike."""

SUPERSCRIPTS = dict(zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


def superscript(number: int) -> str:
    """Write an exponent."""
    return "".join(SUPERSCRIPTS[sign] for sign in str(number))
