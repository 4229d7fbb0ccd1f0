"""The automaton inside a grammar: its tables, what is drawn from them, and sums over its paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from softmax_course.models._sentences import END
from softmax_course.models._text import normal

#: A word that may follow, its probability, and the state after it (None after the end mark).
Arc = tuple[str, float, str | None]


class Automaton:
    """Holds states in the order of the mapping, and one more: that after the end mark.

    `probs` and `following` have a row for each state and a column for each word.
    """

    def __init__(self, states: Mapping[str, Sequence[Arc]], end: str) -> None:
        names = {name: i for i, name in enumerate(states)}
        if not names:
            raise ValueError("a grammar needs at least one state")
        ids = {normal(end): END}
        for arcs in states.values():
            for word, _, _ in arcs:
                ids.setdefault(normal(word), len(ids))
        self.vocabulary = tuple(ids)
        # The last state repeats the end mark, which is how rows are filled.
        self.stop = len(names)
        shape = (len(names) + 1, len(ids))
        self.probs, self.following = np.zeros(shape), np.full(shape, -1)
        self.probs[self.stop, END], self.following[self.stop, END] = 1.0, self.stop
        for name, arcs in states.items():
            self._add_arcs(name, arcs, names, ids)
        self._state, self._token = np.nonzero(self.probs)
        self._weight = self.probs[self._state, self._token]
        self._first = np.searchsorted(self._state, np.arange(len(self.probs)))
        self._degree = np.bincount(self._state)
        self.visits, self.max_length = self._expected_visits(list(names))
        logs = np.log(np.where(self.probs > 0, self.probs, 1.0))
        self.entropies = -(self.probs * logs).sum(axis=1)[: self.stop]

    def _add_arcs(
        self, name: str, arcs: Sequence[Arc], names: Mapping[str, int], ids: Mapping[str, int]
    ) -> None:
        state = names[name]
        for word, prob, after in arcs:
            token = ids[normal(word)]
            if self.probs[state, token]:
                raise ValueError(f"the word {word!r} leaves state {name!r} twice")
            if not 0 < prob <= 1:
                raise ValueError(f"state {name!r}: {word!r} has probability {prob}")
            if (token == END) != (after is None):
                raise ValueError(
                    f"state {name!r}: {word!r} leads to {after!r}; the end mark "
                    f"{self.vocabulary[END]!r} leads to None, and no other word does"
                )
            if after is not None and after not in names:
                raise ValueError(f"state {name!r}: {word!r} leads to {after!r}, which is no state")
            self.probs[state, token] = prob
            self.following[state, token] = self.stop if after is None else names[after]
        total = self.probs[state].sum()
        if abs(total - 1) > 1e-9:
            raise ValueError(f"probabilities of state {name!r} sum to {total}, not to 1")
        self.probs[state] /= total

    def _expected_visits(self, names: list[str]) -> tuple[NDArray[np.float64], int]:
        """Return how often a sentence passes through each state, and the most tokens it has."""
        onward = np.zeros((self.stop + 1, self.stop + 1))
        np.add.at(onward, (self._state, self.following[self._state, self._token]), self._weight)
        onward = onward[: self.stop, : self.stop]
        here = np.zeros(self.stop)
        here[0] = 1.0
        visits = np.zeros(self.stop)
        length = 0
        while here.any():
            # A path that is longer than there are states was somewhere twice.
            if length == self.stop:
                raise ValueError(
                    f"state {names[int(here.argmax())]!r} can be left and reached again: sentences "
                    "would have no longest length"
                )
            visits += here
            here = here @ onward
            length += 1
        if (visits == 0).any():
            raise ValueError(f"state {names[int((visits == 0).argmax())]!r} is never reached")
        return visits, length

    def n_sentences(self) -> int:
        """Return the number of different sentences."""
        ways = {self.stop: 1}

        def count(state: int) -> int:
            if state not in ways:
                following = self.following[state, self.probs[state] > 0].tolist()
                ways[state] = sum(count(after) for after in following)
            return ways[state]

        return count(0)

    def states(self, tokens: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the state before each token and after the last; -1 where none is left."""
        states = np.zeros((len(tokens), tokens.shape[1] + 1), dtype=np.intp)
        for position, column in enumerate(tokens.T):
            before = states[:, position]
            states[:, position + 1] = np.where(before < 0, -1, self.following[before, column])
        return states

    def sample(self, n: int, generator: np.random.Generator) -> NDArray[np.intp]:
        """Draw n sentences."""
        tokens = np.full((n, self.max_length), END, dtype=np.intp)
        # One table for all states: the number of the state plus the cumulative probability.
        ends = self._state + np.cumsum(self.probs, axis=1)[self._state, self._token]
        state = np.zeros(n, dtype=np.intp)
        for position in range(self.max_length):
            arc = np.searchsorted(ends, state + generator.random(n), side="right")
            arc = np.minimum(arc, self._first[state] + self._degree[state] - 1)
            tokens[:, position] = self._token[arc]
            state = self.following[state, tokens[:, position]]
        return tokens

    def ngram_weights(
        self, n: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return how often each word is expected after each context of n - 1 words.

        A context is one number, whose digits to the base of the vocabulary's size are its words.
        """
        size = len(self.vocabulary)
        base = size ** (n - 1)
        state, context = np.zeros((2, 1), dtype=np.int64)
        weight = np.ones(1)
        seen: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        while len(state):
            degree = self._degree[state]
            origin = np.repeat(np.arange(len(state)), degree)
            starts = np.cumsum(degree) - degree
            arc = self._first[state][origin] + np.arange(len(origin)) - starts[origin]
            token, flow = self._token[arc], weight[origin] * self._weight[arc]
            longer = context[origin] * size + token
            seen.append((longer, flow))
            after = self.following[state[origin], token]
            onward = after != self.stop
            state, context, weight = _merge(after[onward], longer[onward] % base, flow[onward])
        flows = np.concatenate([flow for _, flow in seen])
        longer = np.concatenate([codes for codes, _ in seen])
        return _merge(*np.divmod(longer, size), flows)


def _merge(
    first: NDArray[np.integer], second: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Add up the weights of equal pairs."""
    base = int(second.max(initial=0)) + 1
    # States are indices, which have 32 bits in the page's Python: too few for a pair.
    pairs, place = np.unique(first.astype(np.int64) * base + second, return_inverse=True)
    sums = np.zeros(len(pairs))
    np.add.at(sums, place, weights)
    return pairs // base, pairs % base, sums
