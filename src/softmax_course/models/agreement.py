"""Agreement across a distance: which word decides, which follows, and what if they are swapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import as_generator, as_real_array
from softmax_course.models._sentences import END, LanguageModel, as_sentences
from softmax_course.models._text import normal

__all__ = ["Agreement"]

Classes = Mapping[str, Sequence[str]]


class Agreement:
    """Find the words that agree across a distance and make minimal pairs of sentences.

    Russian verbs in the past tense have the gender of their subject, Bengali verbs the person and
    honorific, a Chinese noun fits its measure word. The word that decides is the *source*, the word
    that follows it is the *target*; what counts is where at least one other word stands between
    them, so that the word before the target does not give the answer away.

    Parameters
    ----------
    vocabulary : sequence of str
        The words of a grammar, by id.
    source : mapping of str to sequence of str
        Words that decide, for each class. In all these tables, words at the same place of
        two lists belong together: swapping classes turns one into the other.
    target : mapping of str to sequence of str
        Words that follow the source, for each class.
    companion : mapping of str to sequence of str, optional
        Words beside the source that change with it (Russian adjectives), for each class.
    distractor : sequence of sequence of str, optional
        Groups of words that may be swapped for each other and decide nothing.

    Attributes
    ----------
    classes : tuple of str
        Names of the classes.

    Raises
    ------
    ValueError
        A word is not in the vocabulary, stands in two classes, or classes do not match.

    See Also
    --------
    Grammar : Has one as its ``agreement``.
    AttentionModel : Learns it; n-grams cannot.

    Examples
    --------
    >>> from softmax_course import load_grammar
    >>> grammar = load_grammar("ru")
    >>> sentence = grammar.encode(["большой кот у дома спал долго."])
    >>> grammar.decode(grammar.agreement.swap(sentence, "женский"))
    ['большая кошка у дома спала долго.']
    >>> grammar.decode(grammar.agreement.swap_distractor(sentence, random_state=0))
    ['большое кот у дома спал долго.']
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        source: Classes,
        target: Classes,
        companion: Classes | None = None,
        distractor: Sequence[Sequence[str]] = (),
    ) -> None:
        self.classes = tuple(source)
        self._ids = {word: i for i, word in enumerate(vocabulary)}
        self._size = len(vocabulary)
        self._partners = np.tile(np.arange(self._size), (len(self.classes), 1))
        self._source = self._classes_of(source, "source")
        self._target = self._classes_of(target, "target")
        if companion:
            self._classes_of(companion, "companion")
        self._groups = [np.array([self._id(word) for word in group]) for group in distractor]

    def _id(self, word: str) -> int:
        if normal(word) not in self._ids:
            raise ValueError(f"{word!r} is no word of the grammar")
        return self._ids[normal(word)]

    def _classes_of(self, table: Classes, name: str) -> NDArray[np.intp]:
        """Return the class of each token, -1 for most, and note what it turns into in others."""
        if tuple(table) != self.classes:
            raise ValueError(f"{name} has classes {tuple(table)}, source has {self.classes}")
        of_token = np.full(self._size, -1)
        ids = [[self._id(word) for word in words] for words in table.values()]
        if len({len(row) for row in ids}) != 1:
            raise ValueError(f"{name} must have as many words in each class")
        for row in range(len(ids)):
            for token in ids[row]:
                if of_token[token] >= 0:
                    word = next(word for word, number in self._ids.items() if number == token)
                    raise ValueError(f"{word!r} stands twice among the words of {name}")
                of_token[token] = row
        for column in zip(*ids, strict=True):
            for token in column:
                self._partners[:, token] = column
        return of_token

    def _pairs(
        self, tokens: NDArray[np.intp]
    ) -> tuple[NDArray[np.bool], NDArray[np.intp], NDArray[np.intp]]:
        """Return the `places`, and for each in order its row and the position of its source."""
        positions = np.where(self._source[tokens] >= 0, np.arange(tokens.shape[1]), -1)
        before = np.full(tokens.shape, -1)
        # The last source before each position, -1 where there is none.
        before[:, 1:] = np.maximum.accumulate(positions, axis=1)[:, :-1]
        distance = np.arange(tokens.shape[1]) - before
        places = (self._target[tokens] >= 0) & (before >= 0) & (distance >= 2)
        return places, places.nonzero()[0], before[places]

    def places(self, tokens: ArrayLike) -> NDArray[np.bool]:
        """Tell where words stand that agree with a word that is not their neighbor.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids.

        Returns
        -------
        ndarray of bool, shape (sentences, positions)
            True at targets with something between them and their source.

        Raises
        ------
        TypeError, ValueError
            The tokens are no matrix of ids.

        See Also
        --------
        source_mask : Where the words stand that decide.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("ru")
        >>> tokens = grammar.encode(["кот у дома спал долго.", "кот спал долго."])
        >>> [row.nonzero()[0].tolist() for row in grammar.agreement.places(tokens)]
        [[3], []]
        """
        return self._pairs(as_sentences(tokens, self._size))[0]

    def source_mask(self, tokens: ArrayLike) -> NDArray[np.bool]:
        """Tell where the words stand that decide.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids.

        Returns
        -------
        ndarray of bool, shape (sentences, positions)
            True at sources.

        Raises
        ------
        TypeError, ValueError
            The tokens are no matrix of ids.

        See Also
        --------
        places : Where the words stand that follow them.
        weight_on_source : What weight attention gives to them.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("ru")
        >>> tokens = grammar.encode(["большой кот у дома спал долго."])
        >>> grammar.agreement.source_mask(tokens)[0].nonzero()[0]
        array([1])
        """
        return self._source[as_sentences(tokens, self._size)] >= 0

    def swap(
        self,
        tokens: ArrayLike,
        to: str | None = None,
        random_state: int | np.random.Generator | None = None,
    ) -> NDArray[np.intp]:
        """Put the source into another class, and with it all that must follow.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids of grammatical sentences.
        to : str, optional
            The class for all sentences; by default each gets another class than it has, by chance.
        random_state : int, Generator or None, default None
            Seed, or the generator itself.

        Returns
        -------
        ndarray of int, shape (sentences, positions)
            Sentences that are grammatical again.

        Raises
        ------
        TypeError
            The tokens are no integers.
        ValueError
            They are no matrix of ids, or there is no class `to`.

        See Also
        --------
        swap_distractor : Change a word that decides nothing.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("bn")
        >>> grammar.decode(grammar.agreement.swap(grammar.encode(["আমি বই পড়ি।"]), "আপনি"))
        ['আপনি বই পড়েন।']
        """
        tokens = as_sentences(tokens, self._size)
        if to is not None:
            if to not in self.classes:
                raise ValueError(f"to must be one of {', '.join(self.classes)}, got {to!r}")
            return self._partners[self.classes.index(to)][tokens]
        has = self._source[tokens].max(axis=1, initial=-1)
        step = as_generator(random_state).integers(1, len(self.classes), size=len(tokens))
        wanted = np.where(has < 0, 0, (has + step) % len(self.classes))
        swapped = self._partners[wanted[:, None], tokens]
        return np.where((has < 0)[:, None], tokens, swapped)

    def swap_distractor(
        self, tokens: ArrayLike, random_state: int | np.random.Generator | None = None
    ) -> NDArray[np.intp]:
        """Change words that decide nothing: adjectives, possessives.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids.
        random_state : int, Generator or None, default None
            Seed, or the generator itself.

        Returns
        -------
        ndarray of int, shape (sentences, positions)
            Each distractor has become another of its group. In Russian that is the adjective in
            another gender: the sentence is wrong there, and the verb must not be misled.

        Raises
        ------
        TypeError, ValueError
            The tokens are no matrix of ids.

        See Also
        --------
        swap : Change the word that decides.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("bn")
        >>> tokens = grammar.encode(["আমি তাঁর বই পড়ি।"])
        >>> grammar.decode(grammar.agreement.swap_distractor(tokens, random_state=0))
        ['আমি বন্ধুর বই পড়ি।']
        """
        tokens = as_sentences(tokens, self._size)
        generator = as_generator(random_state)
        changed = tokens.copy()
        for group in self._groups:
            for place, token in enumerate(group):
                here = tokens == token
                step = generator.integers(1, len(group), size=int(here.sum()))
                changed[here] = group[(place + step) % len(group)]
        return changed

    def blank(self, tokens: ArrayLike) -> NDArray[np.intp]:
        """Take the word that decides away: put the end mark in its place.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids.

        Returns
        -------
        ndarray of int, shape (sentences, positions)
            To be read by a model, see `share`; it is no sentence.

        Raises
        ------
        TypeError, ValueError
            The tokens are no matrix of ids.

        See Also
        --------
        share : Takes it as `read`.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("zh")
        >>> tokens = grammar.encode(["我买了一本很旧的书。"])
        >>> [grammar.vocabulary[i] for i in grammar.agreement.blank(tokens)[0, :6]]
        ['我', '买了', '一', '。', '很', '旧']
        """
        tokens = as_sentences(tokens, self._size)
        return np.where(self._source[tokens] >= 0, END, tokens)

    def class_probs(
        self, model: LanguageModel, tokens: ArrayLike, read: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return what a model gives to the targets of each class, at each of the `places`.

        Parameters
        ----------
        model : NgramModel, AttentionModel, Grammar or alike
            Has ``log_probs``.
        tokens : array_like of int, shape (sentences, positions)
            Ids; they say where the places are.
        read : array_like of int, shape (sentences, positions), optional
            What the model reads, if it is something else: see `blank`.

        Returns
        -------
        ndarray of float64, shape (places, classes)
            Rows sum to one: of the probability that goes to any target.

        Raises
        ------
        TypeError
            The tokens are no integers.
        ValueError
            They are no matrix of ids, have no such place, or `read` has another shape.

        See Also
        --------
        share : How often the right class has most.

        Examples
        --------
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("ru")
        >>> tokens = grammar.encode(["кот у дома спал долго."])
        >>> grammar.agreement.class_probs(grammar, tokens)
        array([[1., 0., 0.]])
        """
        tokens = as_sentences(tokens, self._size)
        shown = tokens if read is None else as_sentences(read, self._size, "read")
        if shown.shape != tokens.shape:
            raise ValueError(f"read has shape {shown.shape}, tokens have {tokens.shape}")
        places = self.places(tokens)
        if not places.any():
            raise ValueError("no word of these sentences agrees with one that is not its neighbor")
        rows = places.any(axis=1)
        log_probs = model.log_probs(shown[rows])[places[rows]]
        probs = np.exp(log_probs)
        mass = np.stack(
            [probs[:, self._target == k].sum(axis=1) for k in range(len(self.classes))], axis=1
        )
        return mass / mass.sum(axis=1, keepdims=True)

    def share(
        self, model: LanguageModel, tokens: ArrayLike, read: ArrayLike | None = None
    ) -> float:
        """Return at how many of the `places` a model gives most to the class of the source.

        Parameters
        ----------
        model : NgramModel, AttentionModel, Grammar or alike
            Has ``log_probs``.
        tokens : array_like of int, shape (sentences, positions)
            Ids; they say where the places are and which class is right.
        read : array_like of int, shape (sentences, positions), optional
            What the model reads, if it is something else: see `blank`.

        Returns
        -------
        float
            Between 0 and 1.

        Raises
        ------
        TypeError, ValueError
            As `class_probs`.

        See Also
        --------
        class_probs : The probabilities themselves.

        Examples
        --------
        >>> from softmax_course import NgramModel, load_grammar
        >>> grammar = load_grammar("ru")
        >>> tokens = grammar.sample(2000, random_state=0)
        >>> bigram = NgramModel.from_grammar(grammar, 2)
        >>> grammar.agreement.share(bigram, tokens) < 0.5
        True
        """
        mass = self.class_probs(model, tokens, read)
        tokens = as_sentences(tokens, self._size)
        _, rows, sources = self._pairs(tokens)
        right = self._source[tokens[rows, sources]]
        return float(np.mean(mass.argmax(axis=1) == right))

    def weight_on_source(self, weights: ArrayLike, tokens: ArrayLike) -> NDArray[np.float64]:
        """Return the attention weight on the word that decides, at each of the `places`.

        Parameters
        ----------
        weights : array_like, shape (sentences, positions, positions)
            From ``AttentionModel.attention_weights(tokens)``: row t predicts token t and looks at
            what is read, that is at token j - 1 in column j.
        tokens : array_like of int, shape (sentences, positions)
            Ids.

        Returns
        -------
        ndarray of float64, shape (places,)
            The weights.

        Raises
        ------
        TypeError, ValueError
            The tokens are no matrix of ids, or the weights do not fit to them.

        See Also
        --------
        AttentionModel.attention_weights : The weights.

        Examples
        --------
        >>> import numpy as np
        >>> from softmax_course import load_grammar
        >>> grammar = load_grammar("ru")
        >>> tokens = grammar.encode(["кот у дома спал долго."])
        >>> even = np.tril(np.ones((9, 9))) / np.arange(1, 10)[:, None]
        >>> grammar.agreement.weight_on_source(even[None], tokens)
        array([0.25])
        """
        tokens = as_sentences(tokens, self._size)
        matrix = as_real_array(weights, "weights")
        if matrix.shape != (*tokens.shape, tokens.shape[1]):
            raise ValueError(
                f"weights of shape {matrix.shape} do not fit to tokens of shape {tokens.shape}"
            )
        places, rows, sources = self._pairs(tokens)
        return matrix[rows, places.nonzero()[1], sources + 1].astype(np.float64)
