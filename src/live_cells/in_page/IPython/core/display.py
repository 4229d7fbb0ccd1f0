"""Where older code looks for `IPython.display`."""

from IPython.display import *  # noqa: F403
