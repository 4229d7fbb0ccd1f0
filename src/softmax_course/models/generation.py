"""Sentences out of a model: by sampling, by search, and by a draft that a larger model corrects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_generator, as_integer, as_real_array, check_rows
from softmax_course.models._sentences import END, LanguageModel
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.sampling import inverse_cdf, speculative_sample

__all__ = ["Beam", "Speculation", "beam_search", "generate", "speculative_generate"]


def _next_log_probs(model: LanguageModel, tokens: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the log-distribution of the token after each row."""
    # A model does not look at the last token of a row: any will do.
    longer = np.pad(tokens, ((0, 0), (0, 1)), constant_values=END)
    return model.log_probs(longer)[:, -1]


def generate(
    model: LanguageModel,
    n: int,
    random_state: int | np.random.Generator | None = None,
    rule: Callable[..., ArrayLike] | None = None,
    with_prefix: bool = False,
) -> NDArray[np.intp]:
    """Draw sentences from a model, word by word.

    Parameters
    ----------
    model : NgramModel, AttentionModel, Grammar or alike
        Has ``log_probs`` and ``max_length``.
    n : int
        How many.
    random_state : int, Generator or None, default None
        Seed, or the generator itself.
    rule : callable, optional
        Gets logits, shape (m, vocabulary_size), and returns the probabilities to draw from, such
        as ``lambda z: top_p_probs(z, 0.9)``; softmax by default. The logits are the model's
        log-probabilities; of what it thinks impossible they are -inf.
    with_prefix : bool, default False
        Call the rule with the tokens so far as well, shape (m, position), for rules that depend on
        them: penalties of repetition, constraints.

    Returns
    -------
    ndarray of int, shape (n, max_length)
        Ids, filled with end marks. A sentence that has not ended after ``max_length`` tokens has
        none.

    Raises
    ------
    TypeError
        An argument is of a wrong type.
    ValueError
        `n` is negative, or the rule returns what are no distributions of the right shape.

    See Also
    --------
    judge : Whether the sentences are right, and how different.
    beam_search : The most probable sentences instead.
    top_k_probs, top_p_probs : Rules.

    Examples
    --------
    >>> from softmax_course import NgramModel, generate, load_grammar, top_k_probs
    >>> grammar = load_grammar("zh")
    >>> bigram = NgramModel.from_grammar(grammar, 2)
    >>> sentences = generate(bigram, 2, 0, rule=lambda z: top_k_probs(z, 1))
    >>> grammar.decode(sentences)
    ['我在商店里买了一本很旧的书。', '我在商店里买了一本很旧的书。']
    """
    n = as_integer(n, "n", 0)
    generator = as_generator(random_state)
    tokens = np.full((n, model.max_length), END, dtype=np.intp)
    open_rows = np.arange(n)
    for position in range(model.max_length):
        if len(open_rows) == 0:
            break
        prefix = tokens[open_rows, :position]
        logits = _next_log_probs(model, prefix)
        if rule is None:
            probs: NDArray[Any] = softmax(logits)
        else:
            given = rule(logits, prefix) if with_prefix else rule(logits)
            probs = as_real_array(given, "probabilities of the rule")
            if probs.shape != logits.shape:
                raise ValueError(
                    f"the rule returned shape {probs.shape} for logits of shape {logits.shape}"
                )
            check_rows(probs, 1, "probabilities of the rule", allow_nan=False)
        tokens[open_rows, position] = inverse_cdf(probs, generator.random(len(probs)))
        open_rows = open_rows[tokens[open_rows, position] != END]
    return tokens


@dataclass(frozen=True)
class Beam:
    """Hold what `beam_search` found, the most probable sentence first.

    Attributes
    ----------
    sentences : ndarray of int, shape (sentences, max_length)
        Ids, filled with end marks.
    log_probs : ndarray of float64, shape (sentences,)
        Log-probabilities of the sentences, in nats.

    See Also
    --------
    beam_search : Makes it.
    """

    sentences: NDArray[np.intp]
    log_probs: NDArray[np.float64]


def beam_search(model: LanguageModel, width: int) -> Beam:
    """Look for the most probable sentences, keeping the best few beginnings at each length.

    Parameters
    ----------
    model : NgramModel, AttentionModel, Grammar or alike
        Has ``log_probs`` and ``max_length``.
    width : int
        How many beginnings, finished sentences among them, are kept. With 1 it is greedy decoding.

    Returns
    -------
    Beam
        Up to `width` sentences with their log-probabilities, the best first.

    Raises
    ------
    TypeError, ValueError
        `width` is no integer of at least 1.

    See Also
    --------
    generate : Sentences by chance.

    Notes
    -----
    The search is not exact: the best sentence may begin with what is not among the best `width` at
    some length. Longer sentences are less probable; nothing makes up for their length here.

    Examples
    --------
    >>> from softmax_course import beam_search, load_grammar
    >>> grammar = load_grammar("zh")
    >>> for width in (1, 10, 300):
    ...     beam = beam_search(grammar, width)
    ...     print(grammar.decode(beam.sentences[0]), beam.log_probs[0].round(2))
    我在商店里买了一本很旧的书。 -10.03
    我买了一本很旧的书。 -8.51
    我买了一本书。 -7.51
    """
    width = as_integer(width, "width", 1)
    tokens = np.full((1, model.max_length), END, dtype=np.intp)
    scores, is_open = np.zeros(1), np.ones(1, bool)
    for position in range(model.max_length):
        if not is_open.any():
            break
        onward = scores[is_open, None] + _next_log_probs(model, tokens[is_open, :position])
        origin, word = np.divmod(np.arange(onward.size), onward.shape[1])
        begun = tokens[is_open][origin]
        begun[:, position] = word
        # Finished sentences compete with the beginnings, which can only get less probable.
        scores = np.concatenate([scores[~is_open], onward.ravel()])
        tokens = np.concatenate([tokens[~is_open], begun])
        is_open = np.concatenate([np.zeros((~is_open).sum(), bool), word != END])
        best = np.argsort(-scores, kind="stable")[:width]
        best = best[scores[best] > -np.inf]
        scores, tokens, is_open = scores[best], tokens[best], is_open[best]
    # What has not ended by then is no sentence.
    return Beam(tokens[~is_open], scores[~is_open])


@dataclass(frozen=True)
class Speculation:
    """Hold what `speculative_generate` made.

    Attributes
    ----------
    sentences : ndarray of int, shape (n, max_length)
        Ids, filled with end marks.
    acceptance : float
        Share of the draft's tokens that were kept, of those that were looked at.
    tokens_per_pass : float
        Tokens for each time that the target was asked about one sentence; without a draft it
        is 1.

    See Also
    --------
    speculative_generate : Makes it.
    """

    sentences: NDArray[np.intp]
    acceptance: float
    tokens_per_pass: float


def speculative_generate(
    target: LanguageModel,
    draft: LanguageModel,
    n: int,
    lookahead: int = 4,
    random_state: int | np.random.Generator | None = None,
) -> Speculation:
    r"""Draw sentences of a target model that a cheaper draft model proposes.

    Parameters
    ----------
    target : NgramModel, AttentionModel or alike
        The sentences have its distribution, whatever the draft.
    draft : NgramModel, AttentionModel or alike
        Proposes the tokens.
    n : int
        How many sentences, at least 1.
    lookahead : int, default 4
        Tokens that the draft proposes at a time.
    random_state : int, Generator or None, default None
        Seed, or the generator itself.

    Returns
    -------
    Speculation
        ``sentences``, ``acceptance`` and ``tokens_per_pass``.

    Raises
    ------
    TypeError, ValueError
        `n` or `lookahead` is no integer of at least 1, or the models have different vocabularies.

    See Also
    --------
    speculative_sample : One token.
    generate : Without a draft.

    Notes
    -----
    In one round the draft proposes `lookahead` tokens and the target looks at all of them in one
    pass. They are kept up to the first that is rejected, in whose place comes another. If all are
    kept, the same pass gives one more, from the target alone. Here a proposal is drawn when its
    turn comes, which saves those after a rejection and changes no distribution; a pass is counted
    for each round.

    References
    ----------
    Leviathan, Y., Kalman, M., Matias, Y. (2023). Fast Inference from Transformers via Speculative
    Decoding. arXiv:2211.17192

    Examples
    --------
    >>> from softmax_course import NgramModel, load_grammar, speculative_generate
    >>> grammar = load_grammar("zh")
    >>> models = [NgramModel.from_grammar(grammar, order) for order in (5, 2)]
    >>> found = speculative_generate(*models, 200, random_state=0)
    >>> bool(grammar.is_grammatical(found.sentences).all()), 0.8 < found.acceptance < 1
    (True, True)
    """
    n = as_integer(n, "n", 1)
    lookahead = as_integer(lookahead, "lookahead", 1)
    if target.vocabulary_size != draft.vocabulary_size:
        raise ValueError(
            f"target has {target.vocabulary_size} words, draft has {draft.vocabulary_size}"
        )
    generator = as_generator(random_state)
    tokens = np.full((n, target.max_length), END, dtype=np.intp)
    open_rows = np.arange(n)
    kept = np.zeros(n, dtype=np.intp)  # proposals that this round has kept, for each sentence
    passes = proposed = accepted = made = 0
    for position in range(target.max_length):
        if len(open_rows) == 0:
            break
        prefix = tokens[open_rows, :position]
        p = softmax(_next_log_probs(target, prefix))
        # Nothing is proposed for the token that a full round gives at its end.
        full = kept[open_rows] == lookahead
        passes += int((kept[open_rows] == 0).sum())
        word = np.empty(len(open_rows), dtype=np.intp)
        word[full] = inverse_cdf(p[full], generator.random(int(full.sum())))
        q = softmax(_next_log_probs(draft, prefix[~full]))
        word[~full], right = speculative_sample(p[~full], q, generator)
        proposed += right.size
        accepted += int(right.sum())
        kept[open_rows[full]] = 0
        kept[open_rows[~full]] = np.where(right, kept[open_rows[~full]] + 1, 0)
        tokens[open_rows, position] = word
        made += len(word)
        open_rows = open_rows[word != END]
    return Speculation(tokens, accepted / proposed, made / passes)
