"""A probabilistic grammar that is an automaton: the entropy of its text is a sum, not a guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_generator, as_integer, as_text
from softmax_course.models._sentences import END, as_sentences, mask_of
from softmax_course.models.agreement import Agreement

__all__ = ["Grammar"]

#: A word that may follow, its probability, and the state after it (None after the end mark).
Arc = tuple[str, float, str | None]


class Grammar:
    r"""Make sentences by a deterministic automaton and give the exact distribution of each word.

    Words that leave a state are different, so a beginning leads to exactly one state and the
    distribution of the next word is that of the state. No sentence comes back to a state:
    all are shorter than a bound, and all sums below are finite.

    Parameters
    ----------
    states : mapping of str to sequence of (str, float, str or None)
        For each state its arcs: a word, its probability, the state after it. The first state is
        the start. The state after the end mark is None, that after other words is not.
    end : str, default "."
        The end mark, a word like the others.
    separator : str, default " "
        What stands between words; empty for Chinese. None stands before the end mark.
    agreement : mapping, optional
        Arguments of `Agreement` but the grammar.

    Attributes
    ----------
    vocabulary : tuple of str
        The words; number 0 is the end mark.
    vocabulary_size : int
        How many.
    max_length : int
        Tokens of the longest sentence, its end mark included.
    n_sentences : int
        How many sentences there are.
    sentence_entropy : float
        Entropy of a sentence in nats, :math:`\sum_s v_s h_s` over the states: how often a sentence
        is expected to pass through the state, times the entropy of the word that follows.
    expected_length : float
        Expected number of tokens in a sentence, the end mark included.
    entropy_per_token : float
        `sentence_entropy` over `expected_length`: the nats that a token of long text costs the
        best model there is, end marks counted as tokens.
    agreement : Agreement or None
        Which words agree with which.

    Raises
    ------
    ValueError
        A state has no arcs, a word twice, or probabilities that are not positive or do not sum to
        1; a state is missing, or can be left and reached again; the end mark leads on, or another
        word does not.

    See Also
    --------
    load_grammar : The grammars of the course.
    compare_with_grammar : How far a model is from a grammar.

    Examples
    --------
    >>> from softmax_course import Grammar
    >>> grammar = Grammar({
    ...     "start": [("cats", 0.5, "many"), ("a", 0.5, "one")],
    ...     "one": [("cat", 1.0, "sits")],
    ...     "sits": [("sits", 1.0, "stop")],
    ...     "many": [("sit", 1.0, "stop")],
    ...     "stop": [(".", 1.0, None)],
    ... })
    >>> round(grammar.sentence_entropy, 4), grammar.expected_length
    (0.6931, 3.5)
    >>> grammar.decode(grammar.sample(3, random_state=0))
    ['a cat sits.', 'cats sit.', 'cats sit.']
    """

    def __init__(
        self,
        states: Mapping[str, Sequence[Arc]],
        end: str = ".",
        separator: str = " ",
        agreement: Mapping[str, Any] | None = None,
    ) -> None:
        self.separator = as_text(separator, "separator")
        end = _normal(as_text(end, "end"))
        names = {name: i for i, name in enumerate(states)}
        if not names:
            raise ValueError("a grammar needs at least one state")
        ids = {end: END}
        for arcs in states.values():
            for word, _, _ in arcs:
                ids.setdefault(_normal(word), len(ids))
        self.vocabulary = tuple(ids)
        self.vocabulary_size = len(ids)
        self._ids = ids
        # The last state follows the end mark: it repeats that mark, which is how rows are filled.
        self._stop = len(names)
        shape = (len(names) + 1, len(ids))
        self._probs, self._next = np.zeros(shape), np.full(shape, -1)
        self._probs[self._stop, END], self._next[self._stop, END] = 1.0, self._stop
        for name, arcs in states.items():
            self._add_arcs(name, arcs, names, end)
        self._state, self._token = np.nonzero(self._probs)
        self._weight = self._probs[self._state, self._token]
        self._first = np.searchsorted(self._state, np.arange(len(self._probs)))
        self._degree = np.bincount(self._state)
        self._visits, self.max_length = self._expected_visits(list(names))
        self.state_entropy = -np.sum(
            self._probs * np.log(np.where(self._probs > 0, self._probs, 1.0)), axis=1
        )
        self.expected_length = float(self._visits.sum())
        self.sentence_entropy = float(self._visits @ self.state_entropy[: self._stop])
        self.entropy_per_token = self.sentence_entropy / self.expected_length
        self._ngram_entropy: dict[int, float] = {}
        self.agreement = None if agreement is None else Agreement(self, **agreement)

    def _add_arcs(
        self, name: str, arcs: Sequence[Arc], names: Mapping[str, int], end: str
    ) -> None:
        state = names[name]
        for word, prob, after in arcs:
            token = self._ids[_normal(word)]
            if self._probs[state, token]:
                raise ValueError(f"the word {word!r} leaves state {name!r} twice")
            if not 0 < prob <= 1:
                raise ValueError(f"state {name!r}: {word!r} has probability {prob}")
            if (token == END) != (after is None):
                raise ValueError(
                    f"state {name!r}: {word!r} leads to {after!r}; the end mark {end!r} leads to "
                    "None, and no other word does"
                )
            if after is not None and after not in names:
                raise ValueError(f"state {name!r}: {word!r} leads to {after!r}, which is no state")
            self._probs[state, token] = prob
            self._next[state, token] = self._stop if after is None else names[after]
        total = self._probs[state].sum()
        if abs(total - 1) > 1e-9:
            raise ValueError(f"probabilities of state {name!r} sum to {total}, not to 1")
        self._probs[state] /= total

    def _expected_visits(self, names: list[str]) -> tuple[NDArray[np.float64], int]:
        """Return how often a sentence passes through each state, and the most tokens it has."""
        onward = np.zeros((self._stop + 1, self._stop + 1))
        np.add.at(onward, (self._state, self._next[self._state, self._token]), self._weight)
        onward = onward[: self._stop, : self._stop]
        here = np.zeros(self._stop)
        here[0] = 1.0
        visits = np.zeros(self._stop)
        for length in range(self._stop + 1):
            if not here.any():
                break
            visits += here
            here = here @ onward
        else:
            raise ValueError(
                f"state {names[int(here.argmax())]!r} can be left and reached again: sentences "
                "would have no longest length"
            )
        if (visits == 0).any():
            raise ValueError(f"state {names[int((visits == 0).argmax())]!r} is never reached")
        return visits, length

    @cached_property
    def n_sentences(self) -> int:
        """The number of different sentences."""
        ways = {self._stop: 1}

        def count(state: int) -> int:
            if state not in ways:
                following = self._next[state, self._probs[state] > 0].tolist()
                ways[state] = sum(count(after) for after in following)
            return ways[state]

        return count(0)

    # ----------------------------------------------------------------------------------------------
    # Text

    def encode(self, text: str | Sequence[str]) -> NDArray[np.intp]:
        """Return the ids of the words of a text.

        Parameters
        ----------
        text : str or sequence of str
            A sentence or its beginning; or several sentences, which get an end mark if they lack
            it. Letters that Unicode writes in two ways, such as য়, may be written in either.

        Returns
        -------
        ndarray of int, shape (positions,) or (sentences, max_length)
            Ids; of several sentences a matrix, filled with end marks.

        Raises
        ------
        ValueError
            A word is not in the vocabulary, or a sentence is longer than `max_length`.

        See Also
        --------
        decode : The other way.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("zh")
        >>> ids = grammar.encode("我买了一本很旧的书。")
        >>> [grammar.vocabulary[i] for i in ids]
        ['我', '买了', '一', '本', '很', '旧', '的', '书', '。']
        """
        if isinstance(text, str):
            return np.array([self._ids[word] for word in self._split(text)], dtype=np.intp)
        rows = [self.encode(as_text(sentence, "a sentence")) for sentence in text]
        table = np.full((len(rows), self.max_length), END, dtype=np.intp)
        for row, ids in zip(table, rows, strict=True):
            if len(ids) + (ids[-1:] != END).sum() > self.max_length:
                raise ValueError(
                    f"{self.decode(ids)!r} is longer than {self.max_length} tokens, "
                    "the end mark included"
                )
            row[: len(ids)] = ids
        return table

    def _split(self, text: str) -> list[str]:
        text = _normal(text).strip()
        if self.separator:
            end = self.vocabulary[END]
            has_end = text.endswith(end)
            words = text.removesuffix(end).split()
            words += [end] * has_end
        else:
            longest_first = sorted(self.vocabulary, key=len, reverse=True)
            words = re.findall("|".join([*map(re.escape, longest_first), r"\S"]), text)
        for word in words:
            if word not in self._ids:
                raise ValueError(f"{word!r} in {text!r} is not in the vocabulary of the grammar")
        return words

    def decode(self, tokens: ArrayLike) -> Any:
        """Return the text of tokens, up to the end mark.

        Parameters
        ----------
        tokens : array_like of int, shape (positions,) or (sentences, positions)
            Ids.

        Returns
        -------
        str or list of str
            The sentence, or a list of them.

        Raises
        ------
        TypeError, ValueError
            The tokens are no ids of this vocabulary.

        See Also
        --------
        encode : The other way.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("ru")
        >>> grammar.decode(grammar.encode("кот спал долго."))
        'кот спал долго.'
        """
        if np.ndim(tokens) != 1:
            rows = as_sentences(tokens, self.vocabulary_size)
            return [self.decode(row) for row in rows]
        if np.size(tokens) == 0:
            return ""
        row = as_sentences([tokens], self.vocabulary_size)
        words = [self.vocabulary[token] for token in row[mask_of(row)]]
        end = words.pop() if words[-1] == self.vocabulary[END] else ""
        return self.separator.join(words) + end

    def sample(
        self, n: int, random_state: int | np.random.Generator | None = None
    ) -> NDArray[np.intp]:
        """Draw sentences.

        Parameters
        ----------
        n : int
            How many.
        random_state : int, Generator or None, default None
            Seed, or the generator itself.

        Returns
        -------
        ndarray of int, shape (n, max_length)
            Ids of the tokens. A row is filled with end marks (id 0) after its first one.

        Raises
        ------
        TypeError, ValueError
            `n` is no integer of at least 0.

        See Also
        --------
        mask : Which tokens belong to a sentence.
        generate : The same from a model.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> load_grammar("bn").sample(1000, random_state=0).shape
        (1000, 9)
        """
        n = as_integer(n, "n", 0)
        generator = as_generator(random_state)
        tokens = np.full((n, self.max_length), END, dtype=np.intp)
        # One table for all states: the number of the state plus the cumulative probability.
        ends = self._state + self._cumulative()
        state = np.zeros(n, dtype=np.intp)
        for position in range(self.max_length):
            arc = np.searchsorted(ends, state + generator.random(n), side="right")
            arc = np.minimum(arc, self._first[state] + self._degree[state] - 1)
            tokens[:, position] = self._token[arc]
            state = self._next[state, tokens[:, position]]
        return tokens

    def _cumulative(self) -> NDArray[np.float64]:
        sums = np.cumsum(self._probs, axis=1)
        return sums[self._state, self._token]

    def mask(self, tokens: ArrayLike) -> NDArray[np.bool]:
        """Tell which positions belong to a sentence.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids.

        Returns
        -------
        ndarray of bool, shape (sentences, positions)
            True up to the first end mark, that included.

        Raises
        ------
        TypeError, ValueError
            The tokens are no matrix of ids.

        See Also
        --------
        sample : Fills rows with end marks.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("ru")
        >>> grammar.mask(grammar.encode(["кот спал долго."])).sum()
        np.int64(4)
        """
        return mask_of(as_sentences(tokens, self.vocabulary_size))

    # ----------------------------------------------------------------------------------------------
    # Probabilities

    def _states(self, tokens: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the state before each token and after the last; -1 where none is left."""
        states = np.zeros((len(tokens), tokens.shape[1] + 1), dtype=np.intp)
        for position, column in enumerate(tokens.T):
            before = states[:, position]
            states[:, position + 1] = np.where(before < 0, -1, self._next[before, column])
        return states

    def probs(self, tokens: ArrayLike) -> NDArray[np.float64]:
        """Return the distribution of each token, given those before it.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids. The last of a row is not looked at.

        Returns
        -------
        ndarray of float64, shape (sentences, positions, vocabulary_size)
            Exact probabilities. After the end mark it follows itself with probability 1.

        Raises
        ------
        TypeError
            The tokens are no integers.
        ValueError
            They are no matrix of ids, or a beginning is not grammatical: no sentence has it, and
            no distribution follows.

        See Also
        --------
        next_probs : After one beginning.
        log_prob : Of whole sentences.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("ru")
        >>> grammar.probs(grammar.encode(["кот спал долго."]))[0].max(axis=1).round(2)
        array([0.1 , 0.24, 0.25, 1.  , 1.  , 1.  , 1.  , 1.  , 1.  ])
        """
        tokens = as_sentences(tokens, self.vocabulary_size)
        states = self._states(tokens)[:, :-1]
        if (states < 0).any():
            row, position = np.argwhere(states < 0)[0]
            begun = self.separator.join(self.vocabulary[i] for i in tokens[row, :position])
            raise ValueError(f"no sentence of the grammar begins with {begun!r} (row {row})")
        return self._probs[states]

    def log_probs(self, tokens: ArrayLike) -> NDArray[np.float64]:
        """Return the logarithms of `probs`, as models do.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids.

        Returns
        -------
        ndarray of float64, shape (sentences, positions, vocabulary_size)
            Natural logarithms; -inf for what cannot follow.

        Raises
        ------
        TypeError, ValueError
            As `probs`.

        See Also
        --------
        probs : The probabilities.

        Examples
        --------
        >>> from softmax_course import load_grammar, perplexity
        >>> grammar = load_grammar("zh")
        >>> text = grammar.sample(5000, random_state=0)
        >>> abs(perplexity(grammar, text) - np.exp(grammar.entropy_per_token)) < 0.02
        np.True_
        """
        with np.errstate(divide="ignore"):
            return np.log(self.probs(tokens))

    def next_probs(self, prefix: str | ArrayLike) -> NDArray[np.float64]:
        """Return the distribution of the word after a beginning.

        Parameters
        ----------
        prefix : str or array_like of int, shape (positions,)
            Words of the beginning, or their ids; may be empty.

        Returns
        -------
        ndarray of float64, shape (vocabulary_size,)
            Exact probabilities.

        Raises
        ------
        ValueError
            A word is unknown, or no sentence begins so.

        See Also
        --------
        probs : After all beginnings of many sentences.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("zh")
        >>> p = grammar.next_probs("我买了一本很旧的")
        >>> {grammar.vocabulary[i]: round(float(p[i]), 2) for i in p.nonzero()[0]}
        {'书': 0.41, '小说': 0.25, '词典': 0.19, '杂志': 0.15}
        """
        ids = self.encode(prefix) if isinstance(prefix, str) else np.asarray(prefix, dtype=np.intp)
        return self.probs(np.append(ids, END)[None])[0, -1]

    def log_prob(self, tokens: ArrayLike) -> NDArray[np.float64]:
        """Return the log-probability of sentences.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids.

        Returns
        -------
        ndarray of float64, shape (sentences,)
            In nats; -inf for what is no sentence of the grammar.

        Raises
        ------
        TypeError, ValueError
            The tokens are no matrix of ids.

        See Also
        --------
        is_grammatical : Whether it is finite.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("ru")
        >>> grammar.log_prob(grammar.encode(["кот спал долго.", "кот спала долго."])).round(3)
        array([-6.835,   -inf])
        """
        tokens = as_sentences(tokens, self.vocabulary_size)
        states = self._states(tokens)
        lost = states[:, -1] != self._stop
        terms = self._probs[states[:, :-1], tokens]
        with np.errstate(divide="ignore"):
            total = np.log(terms).sum(axis=1)
        return np.where(lost, -np.inf, total)

    def is_grammatical(self, tokens: ArrayLike) -> NDArray[np.bool]:
        """Tell which rows are whole sentences of the grammar.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids.

        Returns
        -------
        ndarray of bool, shape (sentences,)
            False also where the end mark is missing.

        Raises
        ------
        TypeError, ValueError
            The tokens are no matrix of ids.

        See Also
        --------
        judge : What share of them, and how many differ.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("bn")
        >>> grammar.is_grammatical(grammar.encode(["আমি বই পড়ি।", "আমি বই পড়ো।"]))
        array([ True, False])
        """
        tokens = as_sentences(tokens, self.vocabulary_size)
        return self._states(tokens)[:, -1] == self._stop

    # ----------------------------------------------------------------------------------------------
    # n-grams with infinite data

    def ngram_entropy(self, n: int) -> float:
        r"""Return the cross-entropy per token of the best n-gram: with infinitely many sentences.

        Parameters
        ----------
        n : int
            Order, 1 to 5: the word and the n - 1 before it.

        Returns
        -------
        float
            In nats, at least `entropy_per_token`.

        Raises
        ------
        TypeError, ValueError
            `n` is no integer from 1 to 5.

        See Also
        --------
        NgramModel.from_grammar : The model itself.

        Notes
        -----
        It is :math:`-\sum_{c,w} \nu(c, w) \log(\nu(c, w) / \nu(c))` over the expected length, with
        :math:`\nu(c, w)` how often a sentence is expected to have word :math:`w` after the context
        :math:`c`: a sum over pairs of state and context, worked out position by position.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("zh")
        >>> [round(grammar.ngram_entropy(n) - grammar.entropy_per_token, 3) for n in range(1, 6)]
        [2.423, 0.149, 0.149, 0.149, 0.0]
        """
        n = as_integer(n, "n", 1, 5)
        if n not in self._ngram_entropy:
            codes, _, weights = self._ngram_weights(n)
            _, place = np.unique(codes, return_inverse=True)
            share = weights / np.bincount(place, weights)[place]
            total = -np.sum(weights * np.log(share))
            # No model costs less than the entropy; rounding might say so.
            best = max(total, self.sentence_entropy)
            self._ngram_entropy[n] = float(best / self.expected_length)
        return self._ngram_entropy[n]

    def _ngram_weights(
        self, n: int
    ) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.float64]]:
        """Return how often each word is expected after each context of n - 1 words.

        A context is one number, whose digits to the base of the vocabulary's size are its words.
        """
        size = self.vocabulary_size
        base = size ** (n - 1)
        state, context = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        weight = np.ones(1)
        seen = []
        while len(state):
            degree = self._degree[state]
            origin = np.repeat(np.arange(len(state)), degree)
            starts = np.cumsum(degree) - degree
            arc = self._first[state][origin] + np.arange(len(origin)) - starts[origin]
            token, flow = self._token[arc], weight[origin] * self._weight[arc]
            seen.append((context[origin] * size + token, flow))
            after = self._next[state[origin], token]
            pair = after * base + (context[origin] * size + token) % base
            onward = after != self._stop
            pair, place = np.unique(pair[onward], return_inverse=True)
            weight = np.bincount(place, flow[onward], len(pair))
            state, context = np.divmod(pair, base)
        codes, place = np.unique(np.concatenate([c for c, _ in seen]), return_inverse=True)
        weights = np.bincount(place, np.concatenate([f for _, f in seen]))
        context, token = np.divmod(codes, size)
        return context, token, weights


def _normal(text: str) -> str:
    """Return the one form in which a text is compared: Unicode has several for some letters."""
    return unicodedata.normalize("NFC", text)
