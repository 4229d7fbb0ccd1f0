"""Objects as text; the build puts IPython's own file of this name at ``_live/pretty.py``."""

from _live.pretty import *  # noqa: F403
