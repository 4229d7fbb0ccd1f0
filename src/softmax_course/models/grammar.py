"""A probabilistic grammar that is an automaton: the entropy of its text is a sum, not a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_generator, as_integer, as_text
from softmax_course.models._automaton import Arc, Automaton
from softmax_course.models._sentences import END, as_sentences, mask_of
from softmax_course.models._text import split
from softmax_course.models.agreement import Agreement

__all__ = ["Grammar"]


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
        self._automaton = Automaton(states, as_text(end, "end"))
        self.vocabulary = self._automaton.vocabulary
        self.vocabulary_size = len(self.vocabulary)
        self._ids = {word: i for i, word in enumerate(self.vocabulary)}
        self.max_length = self._automaton.max_length
        self.n_sentences = self._automaton.n_sentences()
        visits, entropies = self._automaton.visits, self._automaton.entropies
        self.expected_length = float(visits.sum())
        self.sentence_entropy = float(visits @ entropies)
        self.entropy_per_token = self.sentence_entropy / self.expected_length
        self._ngram_entropy: dict[int, float] = {}
        self.agreement = None if agreement is None else Agreement(self.vocabulary, **agreement)

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
            words = split(text, self._ids, self.separator, self.vocabulary[END])
            return np.array([self._ids[word] for word in words], dtype=np.intp)
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
        row = as_sentences(np.asarray(tokens)[None], self.vocabulary_size)
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
        return self._automaton.sample(n, as_generator(random_state))

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
        states = self._automaton.states(tokens)[:, :-1]
        if (states < 0).any():
            row, position = np.argwhere(states < 0)[0]
            begun = self.separator.join(self.vocabulary[i] for i in tokens[row, :position])
            raise ValueError(f"no sentence of the grammar begins with {begun!r} (row {row})")
        return self._automaton.probs[states]

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
        states = self._automaton.states(tokens)
        lost = states[:, -1] != self._automaton.stop
        terms = self._automaton.probs[states[:, :-1], tokens]
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
        return self._automaton.states(tokens)[:, -1] == self._automaton.stop

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
            codes, _, weights = self._automaton.ngram_weights(n)
            _, place = np.unique(codes, return_inverse=True)
            share = weights / np.bincount(place, weights)[place]
            total = -np.sum(weights * np.log(share))
            # No model costs less than the entropy; rounding might say so.
            best = max(total, self.sentence_entropy)
            self._ngram_entropy[n] = float(best / self.expected_length)
        return self._ngram_entropy[n]
