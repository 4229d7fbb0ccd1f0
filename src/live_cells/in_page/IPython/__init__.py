"""The part of IPython that cells of a page ask for: rich output. IPython itself is not here."""

from _live.shell import get_ipython

from IPython.display import display

#: Matplotlib asks for it: from 8.24 on it leaves the choice of a backend alone.
version_info = (9, 0, 0, "")

__all__ = ["display", "get_ipython"]
