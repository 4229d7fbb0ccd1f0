"""Numbers in Unicode, which tables and figures write alike."""

from softmax_course.teaching import words

SUPERSCRIPTS = dict(zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


def superscript(number: int) -> str:
    """Write an exponent."""
    return "".join(SUPERSCRIPTS[sign] for sign in str(number))


def power_of_ten(exponent: int) -> str:
    """Write what stands after the digits of a large or small number: ·10⁻⁵, in Chinese ×10⁻⁵."""
    return f"{words.text('table.times')}10{superscript(exponent)}"
