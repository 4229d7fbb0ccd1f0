"""The part of matplotlib-inline that cells ask for: the format of figures."""
