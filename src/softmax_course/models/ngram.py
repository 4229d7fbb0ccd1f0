"""Models that look at a fixed number of words: their softmax is a table of counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_integer, as_nonnegative
from softmax_course.models._sentences import as_sentences, mask_of, read_before

if TYPE_CHECKING:
    from softmax_course.models.grammar import Grammar

__all__ = ["NgramModel"]


class NgramModel:
    r"""Predict a word from the few before it, by counting.

    .. math:: p(w \mid c) = \frac{N(c, w) + \alpha}{N(c) + \alpha V}

    for a context :math:`c` of ``order - 1`` words out of a vocabulary of :math:`V`.

    Parameters
    ----------
    order : int
        1 to 5; 2 is the bigram, which looks at one word.
    vocabulary_size : int
        Number of tokens; token 0 is the end mark.
    smoothing : float, default 0.0
        :math:`\alpha \ge 0`, added to every count. With 0, what was never seen is impossible.

    Attributes
    ----------
    contexts_ : ndarray of int, shape (n_contexts, order - 1)
        Ids of the contexts that were seen. Before its beginning a sentence has end marks.
    counts_ : ndarray of float64, shape (n_contexts, vocabulary_size)
        How often each word followed.
    max_length : int
        Positions of the sentences it was fitted to.

    Raises
    ------
    TypeError, ValueError
        An argument is of a wrong type or out of range.

    See Also
    --------
    AttentionModel : Looks at all words before.
    Grammar.ngram_entropy : What it reaches with infinitely many sentences.

    Notes
    -----
    Counting *is* softmax regression on the context, trained to its minimum: for logits
    :math:`Z_{c,w}` the gradient of the mean cross-entropy is
    :math:`\frac{N(c)}{N} (\operatorname{softmax}(Z_c) - N(c, \cdot) / N(c))`, and is 0 where the
    probabilities are the shares. Without smoothing some of the logits go to :math:`-\infty`.

    After a context that was never seen all words are alike.

    Examples
    --------
    >>> from softmax_course import NgramModel, load_grammar, perplexity
    >>> grammar = load_grammar("ru")
    >>> train, test = grammar.sample(20_000, random_state=0), grammar.sample(5000, random_state=1)
    >>> bigram = NgramModel(2, grammar.vocabulary_size, smoothing=0.01).fit(train)
    >>> abs(np.log(perplexity(bigram, test)) - grammar.ngram_entropy(2)) < 0.02
    np.True_
    """

    def __init__(self, order: int, vocabulary_size: int, smoothing: float = 0.0) -> None:
        self.order = as_integer(order, "order", 1, 5)
        self.vocabulary_size = as_integer(vocabulary_size, "vocabulary_size", 2)
        self.smoothing = as_nonnegative(smoothing, "smoothing")
        if self.vocabulary_size**self.order >= 2**63:
            raise ValueError(
                f"{self.vocabulary_size} words have more contexts of order {self.order} than "
                "can be numbered"
            )

    def fit(self, tokens: ArrayLike) -> NgramModel:
        """Count.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids of the sentences; what stands after an end mark is not counted.

        Returns
        -------
        NgramModel
            The model itself.

        Raises
        ------
        TypeError
            The tokens are no integers.
        ValueError
            They are no matrix of ids, or there are none.

        See Also
        --------
        from_grammar : The counts of infinitely many sentences.

        Examples
        --------
        >>> from softmax_course import NgramModel
        >>> model = NgramModel(2, 3).fit([[1, 2, 0], [1, 0, 0]])
        >>> model.contexts_.ravel(), model.counts_
        (array([0, 1, 2]), array([[0., 2., 0.],
               [1., 0., 1.],
               [1., 0., 0.]]))
        """
        tokens = as_sentences(tokens, self.vocabulary_size)
        if len(tokens) == 0:
            raise ValueError("there is no sentence to count")
        mask = mask_of(tokens)
        contexts, words = self._codes(tokens)[mask], tokens[mask]
        return self._keep(contexts, words, np.ones(len(words)), tokens.shape[1])

    @classmethod
    def from_grammar(cls, grammar: Grammar, order: int) -> NgramModel:
        """Return the n-gram that infinitely many sentences of a grammar would give.

        Parameters
        ----------
        grammar : Grammar
            What makes the sentences.
        order : int
            1 to 5.

        Returns
        -------
        NgramModel
            Its counts are what one sentence is expected to add.

        Raises
        ------
        TypeError, ValueError
            `order` is no integer from 1 to 5.

        See Also
        --------
        fit : Count given sentences.

        Examples
        --------
        >>> from softmax_course import NgramModel, load_grammar
        >>> model = NgramModel.from_grammar(load_grammar("zh"), 2)
        >>> round(float(model.counts_[0].sum()), 6)
        1.0
        """
        model = cls(order, grammar.vocabulary_size)
        return model._keep(*grammar._automaton.ngram_weights(model.order), grammar.max_length)

    def _keep(
        self,
        contexts: NDArray[np.int64],
        words: NDArray[np.intp],
        weights: NDArray[np.float64],
        max_length: int,
    ) -> NgramModel:
        self._seen, place = np.unique(contexts, return_inverse=True)
        counts = np.zeros((len(self._seen), self.vocabulary_size))
        np.add.at(counts, (place, words), weights)
        self.counts_, self.max_length = counts, max_length
        shares = counts + self.smoothing
        shares /= shares.sum(axis=-1, keepdims=True)
        with np.errstate(divide="ignore"):
            self._log_probs = np.log(shares)
        powers = self.vocabulary_size ** np.arange(self.order - 2, -1, -1, dtype=np.int64)
        self.contexts_ = self._seen[:, None] // powers % self.vocabulary_size
        return self

    def _codes(self, tokens: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the number of the context of each token: its words are the digits."""
        codes = np.zeros(tokens.shape, dtype=np.int64)
        read = tokens
        for power in range(self.order - 1):
            read = read_before(read)
            codes += read.astype(np.int64) * self.vocabulary_size**power
        return codes

    def log_probs(self, tokens: ArrayLike) -> NDArray[np.float64]:
        """Return the log-distribution of each token, given those before it.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids. The last of a row is not looked at.

        Returns
        -------
        ndarray of float64, shape (sentences, positions, vocabulary_size)
            Natural logarithms; -inf for what was never seen, if nothing is smoothed.

        Raises
        ------
        TypeError, ValueError
            The tokens are no matrix of ids.
        AttributeError
            Nothing was counted yet.

        See Also
        --------
        perplexity : Their mean at the tokens themselves, exponentiated.

        Examples
        --------
        >>> from softmax_course import NgramModel
        >>> model = NgramModel(2, 3).fit([[1, 2, 0], [1, 0, 0]])
        >>> np.exp(model.log_probs([[1, 2, 0]])).round(2)
        array([[[0. , 1. , 0. ],
                [0.5, 0. , 0.5],
                [1. , 0. , 0. ]]])
        """
        if not hasattr(self, "counts_"):
            raise AttributeError("nothing was counted yet: call fit or from_grammar first")
        codes = self._codes(as_sentences(tokens, self.vocabulary_size))
        place = np.searchsorted(self._seen, codes).clip(max=len(self._seen) - 1)
        unseen = (self._seen[place] != codes)[..., None]
        return np.where(unseen, -np.log(self.vocabulary_size), self._log_probs[place])
