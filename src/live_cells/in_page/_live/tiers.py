"""Modules whose files come later, only when a cell needs them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class TierNeeded(BaseException):
    """A module is wanted whose files have not been loaded.

    No `Exception`, so that nobody who tries an import takes the module to be missing for good.
    """

    def __init__(self, tier: str, module: str):
        super().__init__(f"{module} comes with the files of {tier!r}")
        self.tier = tier


class _Finder:
    """Ask for a tier when one of its modules is imported and nobody else has found it."""

    def __init__(self) -> None:
        self.tiers: dict[str, str] = {}

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if path is None and name in self.tiers:
            raise TierNeeded(self.tiers[name], name)


_finder = _Finder()
#: Packages of the book, which are there: what cells import of them waits until it is used.
_lazy: set[str] = set()


def watch(tiers: Mapping[str, Iterable[str]], lazy: Iterable[str]) -> None:
    """Know which tier brings which top-level modules; import these only when they are used.

    A cell of imports at the head of a notebook then asks for no file that the cells after it
    do not need.
    """
    _finder.tiers = {module: tier for tier, modules in tiers.items() for module in modules}
    _lazy.update(_finder.tiers, lazy)
    sys.meta_path.append(_finder)
    if hasattr(sys, "set_lazy_imports"):  # Python 3.15, PEP 810
        sys.set_lazy_imports_filter(_is_lazy)
        sys.set_lazy_imports("all")


def _is_lazy(importer: str | None, name: str, names: Any) -> bool:
    return importer == "__main__" and name.partition(".")[0] in _lazy


class _Hooks:
    """Call functions when modules have been imported."""

    def __init__(self) -> None:
        self._functions: dict[str, list[Callable[[ModuleType], None]]] = {}

    def add(self, name: str, function: Callable[[ModuleType], None]) -> None:
        """Add a function for a module."""
        self._functions.setdefault(name, []).append(function)

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as all others do, and let its loader call the functions at its end."""
        functions = self._functions.pop(name, None)
        if functions is None:
            return None
        try:
            spec = importlib.util.find_spec(name)
        except BaseException:
            self._functions[name] = functions
            raise
        if spec is None or spec.loader is None:
            self._functions[name] = functions
            return None
        execute = spec.loader.exec_module

        def execute_and_call(module: ModuleType) -> None:
            execute(module)
            for function in functions:
                function(module)

        spec.loader.exec_module = execute_and_call  # type: ignore[method-assign]
        return spec


_hooks = _Hooks()


def when_imported(name: str, function: Callable[[ModuleType], None]) -> None:
    """Call a function with a module as soon as it has been imported, now if it has been already."""
    if name in sys.modules:
        function(sys.modules[name])
        return
    if _hooks not in sys.meta_path:
        sys.meta_path.insert(0, _hooks)  # type: ignore[arg-type]
    _hooks.add(name, function)


def added(tier: str) -> None:
    """Let the modules of a tier be found."""
    _finder.tiers = {module: of for module, of in _finder.tiers.items() if of != tier}
    importlib.invalidate_caches()
