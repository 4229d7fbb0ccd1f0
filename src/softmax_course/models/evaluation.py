"""How far a model is from the grammar whose text it learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_choice
from softmax_course.models._sentences import LanguageModel, as_sentences, mask_of

if TYPE_CHECKING:
    from softmax_course.models.grammar import Grammar

__all__ = ["Comparison", "Judgement", "compare_with_grammar", "judge", "perplexity"]

_QUANTITIES = ("entropy", "cross_entropy", "divergence")


@dataclass(frozen=True)
class Comparison:
    """Hold what `compare_with_grammar` found at every beginning of every sentence.

    Attributes
    ----------
    entropy : ndarray of float64, shape (sentences, positions)
        Entropy of the next word by the grammar, in nats; 0 after the end mark.
    cross_entropy : ndarray of float64, shape (sentences, positions)
        What the model is expected to pay for the next word.
    divergence : ndarray of float64, shape (sentences, positions)
        Kullback-Leibler divergence of the model's distribution from the grammar's.
    mask : ndarray of bool, shape (sentences, positions)
        Which positions count: all up to the end mark, that included.

    See Also
    --------
    compare_with_grammar : Makes it.
    """

    entropy: NDArray[np.float64]
    cross_entropy: NDArray[np.float64]
    divergence: NDArray[np.float64]
    mask: NDArray[np.bool]

    def mean(self, name: str) -> float:
        """Return the mean of one quantity over all tokens.

        Parameters
        ----------
        name : {"entropy", "cross_entropy", "divergence"}
            The quantity.

        Returns
        -------
        float
            In nats a token, end marks counted as tokens.

        Raises
        ------
        TypeError, ValueError
            There is no such quantity.

        See Also
        --------
        compare_with_grammar : Makes the comparison.

        Examples
        --------
        >>> from softmax_course import NgramModel, compare_with_grammar, load_grammar
        >>> grammar = load_grammar("zh")
        >>> bigram = NgramModel.from_grammar(grammar, 2)
        >>> text = grammar.sample(2000, random_state=0)
        >>> gap = compare_with_grammar(bigram, grammar, text).mean("divergence")
        >>> abs(gap - (grammar.ngram_entropy(2) - grammar.entropy_per_token)) < 0.01
        True
        """
        values = getattr(self, as_choice(name, "name", _QUANTITIES))
        return float(values[self.mask].mean())


def compare_with_grammar(
    model: LanguageModel, grammar: Grammar, sentences: ArrayLike
) -> Comparison:
    r"""Compare a model's distribution with the true one after every beginning.

    Parameters
    ----------
    model : NgramModel, AttentionModel or alike
        Has ``log_probs``.
    grammar : Grammar
        Knows the true distributions :math:`q`.
    sentences : array_like of int, shape (sentences, positions)
        Ids, sentences of the grammar: only their beginnings count, not which word came next.

    Returns
    -------
    Comparison
        ``entropy``, ``cross_entropy`` and ``divergence``, shape (sentences, positions).

    Raises
    ------
    TypeError, ValueError
        The sentences are no matrix of ids, or a beginning is not grammatical.

    See Also
    --------
    perplexity : What a model pays for the words that came.
    kl_divergence : The divergence of two given distributions.

    Notes
    -----
    At every beginning

    .. math:: -\sum_k q_k \log p_k = -\sum_k q_k \log q_k + \sum_k q_k \log \frac{q_k}{p_k},

    with each of the three computed by itself. No word is drawn here, so the divergence has none of
    the noise of "loss of the model minus loss of the truth" on the same text: only *which*
    beginnings are averaged over is by chance.

    Examples
    --------
    >>> from softmax_course import NgramModel, compare_with_grammar, load_grammar
    >>> grammar = load_grammar("ru")
    >>> text = grammar.encode(["кот у дома спал долго."])
    >>> found = compare_with_grammar(NgramModel.from_grammar(grammar, 2), grammar, text)
    >>> found.divergence[0, :4].round(3)
    array([0.   , 0.   , 0.   , 0.916])
    >>> bool(np.allclose(found.cross_entropy, found.entropy + found.divergence, rtol=1e-12))
    True
    """
    tokens = as_sentences(sentences, grammar.vocabulary_size, "sentences")
    mask = mask_of(tokens)
    q = grammar.probs(tokens)
    log_p = model.log_probs(tokens)
    # What cannot follow has no part, be it log 0 by the grammar or by the model.
    possible = (q > 0) & mask[..., None]
    log_q = np.log(q, out=np.zeros_like(q), where=possible)
    log_p = np.where(possible, log_p, 0.0)
    return Comparison(
        entropy=np.maximum(-(q * log_q).sum(axis=-1), 0.0),
        cross_entropy=np.maximum(-(q * log_p).sum(axis=-1), 0.0),
        divergence=np.maximum((q * (log_q - log_p)).sum(axis=-1), 0.0),
        mask=mask,
    )


def perplexity(model: LanguageModel, sentences: ArrayLike) -> float:
    r"""Return the perplexity of a model on text, :math:`\exp(-\frac1N \sum \log p)`.

    Parameters
    ----------
    model : NgramModel, AttentionModel, Grammar or alike
        Has ``log_probs``.
    sentences : array_like of int, shape (sentences, positions)
        Ids.

    Returns
    -------
    float
        As many words alike would be as hard to guess; inf if one was thought impossible. The mean
        is over all tokens, end marks included.

    Raises
    ------
    TypeError, ValueError
        The sentences are no matrix of ids, or there are none.

    See Also
    --------
    compare_with_grammar : Without the chance which words came.
    cross_entropy : The exponent, from logits.

    Examples
    --------
    >>> from softmax_course import NgramModel, load_grammar, perplexity
    >>> grammar = load_grammar("bn")
    >>> text = grammar.sample(2000, random_state=0)
    >>> bigram = NgramModel.from_grammar(grammar, 2)
    >>> perplexity(grammar, text) < perplexity(bigram, text)
    True
    """
    tokens = as_sentences(sentences, model.vocabulary_size, "sentences")
    if len(tokens) == 0:
        raise ValueError("the perplexity of no sentence has no value")
    log_probs = np.take_along_axis(model.log_probs(tokens), tokens[..., None], axis=-1)[..., 0]
    return float(np.exp(-log_probs[mask_of(tokens)].mean()))


@dataclass(frozen=True)
class Judgement:
    """Hold what `judge` found.

    Attributes
    ----------
    grammatical : float
        Share of sentences that are of the grammar.
    distinct : int
        Number of different sentences.
    diversity : float
        Number of different sentences over that of all.

    See Also
    --------
    judge : Makes it.
    """

    grammatical: float
    distinct: int
    diversity: float


def judge(grammar: Grammar, sentences: ArrayLike) -> Judgement:
    """Tell how many sentences are grammatical and how many differ.

    Parameters
    ----------
    grammar : Grammar
        The judge.
    sentences : array_like of int, shape (sentences, positions)
        Ids, at least one row.

    Returns
    -------
    Judgement
        ``grammatical``, ``distinct`` and ``diversity``.

    Raises
    ------
    TypeError, ValueError
        The sentences are no matrix of ids, or there are none.

    See Also
    --------
    generate : Makes sentences by a rule of decoding.
    Grammar.is_grammatical : For each sentence.

    Examples
    --------
    >>> from softmax_course import judge, load_grammar
    >>> grammar = load_grammar("ru")
    >>> judge(grammar, grammar.encode(["кот спал долго.", "кот спала долго."]))
    Judgement(grammatical=0.5, distinct=2, diversity=1.0)
    """
    tokens = as_sentences(sentences, grammar.vocabulary_size, "sentences")
    if len(tokens) == 0:
        raise ValueError("there is no sentence to judge")
    # What stands after an end mark is no part of the sentence.
    distinct = len(np.unique(np.where(mask_of(tokens), tokens, 0), axis=0))
    return Judgement(
        grammatical=float(grammar.is_grammatical(tokens).mean()),
        distinct=distinct,
        diversity=distinct / len(tokens),
    )
