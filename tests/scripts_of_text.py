"""Which scripts a text is written in, and the signs that stand for a glyph that is lacking."""

import re
import unicodedata

from project import TRAITS

#: What renderers write for what they cannot: U+FFFD, and the private areas.
TOFU = re.compile(r"[\ufffd\ue000-\uf8ff]")


def share(text: str, code: str) -> float:
    """Return which part of the letters of a text is of the script of a language of the book."""
    letters = [c for c in text if unicodedata.category(c)[0] in "LM"]
    own = re.findall(f"[{TRAITS[code]['letters']}]", "".join(letters))
    return len(own) / max(1, len(letters))
