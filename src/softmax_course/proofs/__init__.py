"""Derivations in SymPy, proved line by line for every number of classes."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__, submodules=["theorems"])
