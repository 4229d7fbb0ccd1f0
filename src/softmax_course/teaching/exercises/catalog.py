"""The exercises, read from ``catalog.toml``, whose form ``schema.json`` describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from softmax_course.teaching import _data

_FILE = "exercises/catalog.toml"
_LEVELS = ("table",)


class ExerciseDataError(_data.DataError):
    """The catalog of exercises breaks a rule; the message names the exercise and the key."""


@dataclass(frozen=True)
class Exercise:
    """What an exercise asks, what is right, and which errors are known.

    Attributes
    ----------
    name : str
        Name of its table in the catalog, e.g. ``"temperature-1"``.
    kind : str
        ``"probabilities"``, ``"numbers"``, ``"number"``, ``"logits"`` (right up to a common
        constant), ``"index"``, ``"boolean"`` or ``"function"``.
    asks : str
        What a page has to ask, for its author.
    expected : str
        Expression of the right answer; for a function, of the right function.
    common_errors : mapping of str to str
        Name of a hint to the expression of the answer it is for.
    cases : tuple of tuple of str
        For a function: expressions of the arguments it is called with, one tuple a call.
    constants : mapping of str to ndarray
        Names that the expressions may use, besides those of the course and of NumPy.
    """

    name: str
    kind: str
    asks: str
    expected: str
    common_errors: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[tuple[str, ...], ...] = ()
    constants: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)

    def right_answer(self) -> Any:
        """Compute the right answer."""
        return self._evaluate(self.expected, "expected")

    def wrong_answers(self) -> Iterator[tuple[str, Any]]:
        """Compute what each known error gives, one after the other."""
        for hint, expression in self.common_errors.items():
            yield hint, self._evaluate(expression, "common_errors", hint)

    def arguments(self) -> Iterator[tuple[np.ndarray, ...]]:
        """Compute the arguments of each call of a function; the last are the hardest."""
        for number, case in enumerate(self.cases):
            yield tuple(np.array(self._evaluate(text, "cases", number)) for text in case)

    def _evaluate(self, expression: str, *path: str | int) -> Any:
        try:
            return _data.evaluate(expression, self.constants)
        except ValueError as error:
            where = _data.place([self.name, *path], _LEVELS)
            raise ExerciseDataError(f"{_FILE}: {where}: {error}") from error


def _numbers(value: list[Any], name: str) -> np.ndarray:
    try:
        numbers = np.array(value)
    except ValueError:  # rows of different lengths
        numbers = np.array(None)
    if numbers.dtype.kind not in "if":
        raise ExerciseDataError(
            f"{_FILE}: constants, {name}: an array of numbers is expected, got {value!r}"
        )
    return numbers


@cache
def load() -> Mapping[str, Exercise]:
    """Return all exercises by name."""
    return _parse(_data.read(_FILE))


def _parse(source: str) -> Mapping[str, Exercise]:
    try:
        tables = _data.parse(source, "exercises/schema.json", _LEVELS)
    except ValueError as error:
        raise ExerciseDataError(f"{_FILE}: {error}") from error
    constants = {}
    for name, value in tables.pop("constants", {}).items():
        constants[name] = _numbers(value, name)
        constants[name].flags.writeable = False
    exercises = {}
    for name, table in tables.items():
        cases = tuple(tuple(case) for case in table.pop("cases", ()))
        exercises[name] = Exercise(name, **table, cases=cases, constants=constants)
    return MappingProxyType(exercises)
