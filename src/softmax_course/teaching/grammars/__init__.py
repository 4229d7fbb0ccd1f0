"""Small grammars written for the course, one file for each language, ``<lang>.toml`` beside this.

Each has agreement across a distance: Russian gender over a place, Bengali person and honorific over
time, place and object, Chinese measure words over an adjective with 的. The form of the files is
that of ``schema.json``.

.. code-block:: toml

    end = "."
    separator = " "                      # between words; "" for Chinese
    rank_power = 0.7                     # the word of rank r in its list: weight r ** -0.7

    [features]                           # what states and lists of words are repeated for
    g = {m = 0.6, f = 0.4}               # values and their shares; or a list, weights by rank

    [words]                              # "noun m", "noun f", "verb m" …
    noun = {m = ["кот"], f = ["кошка"]}
    verb = {m = ["спал", "пел"], f = ["спала", "пела"]}

    [states]                             # the first is the start
    start = [{each = ["g"], words = "noun {g}", to = "verb {g}"}]
    "verb {g}" = [
        {share = 0.8, words = "verb {g}", to = "stop"},
        {share = 0.2, to = "stop"},      # without words: as if one stood in that state
    ]
    stop = [{words = ["."]}]             # the end mark leads nowhere

    [agreement]                          # arguments of `Agreement`, lists by class
    feature = "g"
    names = {m = "мужской", f = "женский"}
    source = ["noun {g}"]
    target = ["verb {g}"]

Shares of a state sum to 1, and so do those of each ``each``. Words that leave a state, also
through ways without words, are different: `Grammar` refuses what is not so.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from softmax_course._checks import as_choice
from softmax_course.models._automaton import Arc
from softmax_course.models.grammar import Grammar
from softmax_course.teaching import _data, words

__all__ = ["load_grammar"]


def load_grammar(code: str | None = None) -> Grammar:
    """Return the grammar of a language.

    Parameters
    ----------
    code : str, optional
        One with a file in this folder, e.g. ``"ru"``; by default the language in use.

    Returns
    -------
    Grammar
        With its ``agreement``. The same object each time.

    Raises
    ------
    TypeError
        `code` is no text.
    ValueError
        There is no grammar of the language, or its file breaks a rule.

    See Also
    --------
    Grammar : What it can do, and grammars of one's own.

    Examples
    --------
    >>> from softmax_course import load_grammar
    >>> grammar = load_grammar("ru")
    >>> grammar.decode(grammar.sample(1, random_state=3))
    ['большой кот гулял весь день.']
    >>> print(f"{grammar.entropy_per_token:.4f} nats a token")
    1.7214 nats a token
    """
    folder = files("softmax_course.teaching.grammars")
    there = sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".toml"))
    return _load(as_choice(words.current() if code is None else code, "code", there))


@cache
def _load(code: str) -> Grammar:
    path = f"grammars/{code}.toml"
    source = _data.read(path)
    try:
        return read_grammar(source)
    except ValueError as error:
        raise _data.DataError(f"softmax_course/teaching/{path}: {error}") from None


def read_grammar(source: str) -> Grammar:
    """Return the grammar that a TOML text describes."""
    tables = _data.parse(source, "grammars/schema.json", ())
    return _Reader(tables).grammar()


class _Reader:
    """Writes out what a file says once for all values of its features."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self.tables = tables
        self.lists = dict(_flat(tables["words"]))
        self.features = {
            name: values if isinstance(values, dict) else self.by_rank(values)
            for name, values in tables["features"].items()
        }
        # Of each state, in the order of the file: its ways on and the features of its name.
        self.states = {
            _filled(pattern, values): (ways, values)
            for pattern, ways in tables["states"].items()
            for values in self.values_of(_names_in(pattern))
        }

    def by_rank(self, items: Sequence[str]) -> dict[str, float]:
        weights = [rank ** -self.tables["rank_power"] for rank in range(1, len(items) + 1)]
        return dict(zip(items, (weight / sum(weights) for weight in weights), strict=True))

    def values_of(self, names: Sequence[str]) -> Iterator[dict[str, str]]:
        """Yield every combination of the values of some features."""
        for name in names:
            if name not in self.features:
                raise ValueError(f"{{{name}}} is no feature: there are {', '.join(self.features)}")
        for values in itertools.product(*(self.features[name] for name in names)):
            yield dict(zip(names, values, strict=True))

    def words(self, which: str | Sequence[str], values: Mapping[str, str]) -> list[str]:
        """Return a list of words, given by its name or by the words."""
        if not isinstance(which, str):
            return [_filled(word, values) for word in which]
        name = _filled(which, values)
        if name not in self.lists:
            raise ValueError(f"there is no list of words {name!r}")
        return self.lists[name]

    def arcs(self, state: str) -> Iterator[Arc]:
        if state not in self.states:
            raise ValueError(f"there is no state {state!r}")
        ways, own = self.states[state]
        for way in ways:
            each = way.get("each", ())
            for values in self.values_of(each):
                share = way.get("share", 1.0)
                for name in each:
                    share *= self.features[name][values[name]]
                values |= own
                to = _filled(way["to"], values) if "to" in way else None
                if "words" in way:
                    for word, weight in self.by_rank(self.words(way["words"], values)).items():
                        yield word, share * weight, to
                else:
                    for word, weight, after in self.arcs(str(to)):
                        yield word, share * weight, after

    def grammar(self) -> Grammar:
        start = next(iter(self.states))
        arcs: dict[str, list[Arc]] = {}
        ahead = [start]
        for state in ahead:
            if state not in arcs:
                try:
                    arcs[state] = list(self.arcs(state))
                except RecursionError:
                    raise ValueError(f"ways without words lead back to state {state!r}") from None
                ahead += [after for _, _, after in arcs[state] if after is not None]
        return Grammar(
            arcs,
            end=self.tables["end"],
            separator=self.tables["separator"],
            agreement=self.agreement(),
        )

    def agreement(self) -> dict[str, Any]:
        table = self.tables["agreement"]
        feature = table["feature"]

        def by_class(which: Sequence[Any]) -> dict[str, list[str]]:
            return {
                name: [word for one in which for word in self.words(one, {feature: value})]
                for value, name in table["names"].items()
            }

        found: dict[str, Any] = {
            role: by_class(table[role])
            for role in ("source", "target", "companion")
            if role in table
        }
        groups: list[Sequence[str]] = []
        for which in table.get("distractor", ()):
            if isinstance(which, str) and _names_in(which):
                # Forms of one word, for each of the classes.
                groups += zip(*by_class([which]).values(), strict=True)
            else:
                groups.append(self.words(which, {}))
        return {**found, "distractor": groups}


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield the lists of nested tables, named by the keys that lead to them."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key} ")
        else:
            yield before + key, value


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    """Put the values of features into a pattern."""
    try:
        return pattern.format(**values)
    except (AttributeError, LookupError) as error:
        raise ValueError(
            f"{pattern!r} asks for {error}, which has no value there: {', '.join(values) or 'none'}"
        ) from None


def _names_in(pattern: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(pattern) if name]
