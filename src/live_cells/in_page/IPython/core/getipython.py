"""Where libraries find the shell."""

from _live.shell import get_ipython

__all__ = ["get_ipython"]
