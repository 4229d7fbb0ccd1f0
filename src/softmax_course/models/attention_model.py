"""A language model of one attention head, trained with gradients that are derived here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from softmax_course._checks import as_generator, as_integer, as_positive
from softmax_course.models._sentences import as_sentences, mask_of, read_before
from softmax_course.numerics.functional import log_softmax

if TYPE_CHECKING:
    from softmax_course.models.grammar import Grammar

__all__ = ["AttentionModel"]

# Adam (Kingma, Ba 2015). The second mean is shorter than usual: training takes only some hundreds
# of steps, and the mean of 1000 squares would still hold those of the start.
_MEAN, _SQUARE, _TINY = 0.9, 0.99, 1e-8
_WARM_UP = 50  # steps in which the step length grows to its full size
_BATCHES_AT_ONCE = 50  # drawn from the grammar together


class AttentionModel:
    r"""Predict the next word with one causal attention head.

    .. math::

        x_t = E_{w_t} + P_t, \qquad
        a_t = \operatorname{softmax}_{j \le t}\!\left(\frac{x_t^\top W x_j}{\sqrt d}\right), \qquad
        h_t = x_t + \sum_{j \le t} a_{tj} x_j, \qquad
        z_t = U^\top h_t + b

    The word after position :math:`t` has the probabilities softmax(:math:`z_t`). The first word
    that is read is the end mark. Values are the inputs themselves, so that the weight on a word is
    what that word contributes.

    Parameters
    ----------
    vocabulary_size : int
        Number of tokens; token 0 is the end mark.
    max_length : int
        Most tokens of a sentence, the end mark included.
    width : int, default 32
        Length :math:`d` of the vectors.
    attention : bool, default True
        False is the control: :math:`h_t = x_t`, the word and its position alone.
    dtype : dtype, default numpy.float32
        The dtype of the parameters and of training, numpy.float32 or numpy.float64.
    random_state : int, Generator or None, default None
        Seed of the parameters at the start and of the sentences of `fit`.

    Attributes
    ----------
    parameters : dict of str to ndarray
        ``"embedding"`` :math:`E` (vocabulary_size, d), ``"position"`` :math:`P` (max_length, d),
        ``"score"`` :math:`W` (d, d), ``"output"`` :math:`U` (d, vocabulary_size) and ``"bias"``
        :math:`b` (vocabulary_size,).
    n_parameters : int
        How many numbers they are.
    steps_ : int
        Steps of training so far.
    history_ : dict of int to object
        What `fit` measured after so many steps.

    Raises
    ------
    TypeError, ValueError
        An argument is of a wrong type or out of range.

    See Also
    --------
    NgramModel : Looks at a fixed number of words.
    compare_with_grammar : How far the model is from the truth.
    attention : The same head for any queries, keys and values.

    Notes
    -----
    The backward pass, from :math:`\partial L / \partial z = (p - y) / N` on, is written out in
    `gradient`; for the attention weights it is the vector-Jacobian product of softmax,
    :math:`\partial L / \partial S = A \circ (G - \operatorname{rowsum}(A \circ G))`.

    References
    ----------
    Vaswani, A. et al. (2017). Attention Is All You Need. arXiv:1706.03762

    Examples
    --------
    >>> from softmax_course import AttentionModel, compare_with_grammar, load_grammar
    >>> grammar = load_grammar("zh")
    >>> model = AttentionModel(grammar.vocabulary_size, grammar.max_length, random_state=0)
    >>> model = model.fit(grammar, 300)
    >>> text = grammar.sample(500, random_state=1)
    >>> compare_with_grammar(model, grammar, text).mean("divergence") < 0.05
    True
    """

    def __init__(
        self,
        vocabulary_size: int,
        max_length: int,
        width: int = 32,
        attention: bool = True,
        dtype: DTypeLike = np.float32,
        random_state: int | np.random.Generator | None = None,
    ) -> None:
        self.vocabulary_size = as_integer(vocabulary_size, "vocabulary_size", 2)
        self.max_length = as_integer(max_length, "max_length", 1)
        self.width = as_integer(width, "width", 1)
        self.attention = bool(attention)
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, got {self.dtype}")
        self._generator = as_generator(random_state)
        d, size = self.width, self.vocabulary_size
        shapes: dict[str, tuple[int, ...]] = {
            "embedding": (size, d),
            "position": (self.max_length, d),
        }
        if self.attention:
            shapes["score"] = (d, d)
        shapes |= {"output": (d, size), "bias": (size,)}
        scales = {"embedding": 0.3, "position": 0.1, "bias": 0.0}
        # All parameters are views of one array: a step of Adam is one line for all.
        self.n_parameters = sum(int(np.prod(shape)) for shape in shapes.values())
        self._flat = np.empty(self.n_parameters, self.dtype)
        self.parameters = _views(self._flat, shapes)
        for name, values in self.parameters.items():
            scale = scales.get(name, 1 / np.sqrt(d))
            values[...] = scale * self._generator.standard_normal(values.shape)
        self.steps_ = 0
        self.history_: dict[int, Any] = {}

    # ----------------------------------------------------------------------------------------------
    # The model

    def _forward(
        self, inputs: NDArray[np.intp], p: Mapping[str, NDArray[Any]]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]:
        """Return the vectors x, the vectors h and the attention weights."""
        length = inputs.shape[1]
        x = p["embedding"][inputs] + p["position"][:length]
        if not self.attention:
            return x, x, None
        scores = (x @ p["score"]) @ x.swapaxes(1, 2) / self._root
        scores = np.where(np.tri(length, dtype=bool), scores, -np.inf)
        weights = _row_softmax(scores)
        return x, x + weights @ x, weights

    @property
    def _root(self) -> Any:
        """The root of d."""
        return self._number(np.sqrt(self.width))

    def _number(self, value: Any) -> Any:
        """Return a number in the dtype of the parameters, so that nothing is widened."""
        return self._flat.dtype.type(value)

    def _inputs(self, tokens: ArrayLike) -> NDArray[np.intp]:
        tokens = as_sentences(tokens, self.vocabulary_size)
        if tokens.shape[1] > self.max_length:
            raise ValueError(
                f"the model has {self.max_length} positions, the sentences have {tokens.shape[1]}"
            )
        return tokens

    def log_probs(self, tokens: ArrayLike) -> NDArray[np.float64]:
        """Return the log-distribution of each token, given those before it.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids. The last of a row is not looked at.

        Returns
        -------
        ndarray of float64, shape (sentences, positions, vocabulary_size)
            Natural logarithms, normalised in float64.

        Raises
        ------
        TypeError
            The tokens are no integers.
        ValueError
            They are no matrix of ids, or have more positions than the model.

        See Also
        --------
        attention_weights : What the model looks at.
        generate : Sentences of the model.

        Examples
        --------
        >>> from softmax_course import AttentionModel
        >>> model = AttentionModel(3, 4, random_state=0)
        >>> np.exp(model.log_probs([[1, 2, 0]])).sum(axis=-1).round(12)
        array([[1., 1., 1.]])
        """
        h = self._forward(read_before(self._inputs(tokens)), self.parameters)[1]
        z = h @ self.parameters["output"] + self.parameters["bias"]
        return log_softmax(z.astype(np.float64))

    def attention_weights(self, tokens: ArrayLike) -> NDArray[Any]:
        """Return what each position looks at.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids.

        Returns
        -------
        ndarray, shape (sentences, positions, positions)
            Row t belongs to the prediction of token t, column j to what is read there: token
            j - 1, in column 0 the end mark of the sentence before. Rows sum to one.

        Raises
        ------
        TypeError, ValueError
            As `log_probs`; also if the model has no attention.

        See Also
        --------
        Agreement.weight_on_source : The weight on the word that decides.
        softmax_course.figures.attention_weights : Draws the weights of one sentence.

        Examples
        --------
        >>> from softmax_course import AttentionModel
        >>> model = AttentionModel(3, 4, random_state=0)
        >>> (model.attention_weights([[1, 2, 0]])[0] > 0).astype(int)
        array([[1, 0, 0],
               [1, 1, 0],
               [1, 1, 1]])
        """
        if not self.attention:
            raise ValueError("this model was made with attention=False: it has no weights")
        weights = self._forward(read_before(self._inputs(tokens)), self.parameters)[2]
        assert weights is not None
        return weights

    def loss(self, tokens: ArrayLike, parameters: Mapping[str, NDArray[Any]] | None = None) -> Any:
        """Return the mean cross-entropy of sentences, in nats a token.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids; what stands after an end mark does not count.
        parameters : mapping of str to ndarray, optional
            Other parameters than the model's, of the same shapes; they may be complex.

        Returns
        -------
        scalar
            The loss, in the dtype of the parameters.

        Raises
        ------
        TypeError, ValueError
            As `log_probs`.

        See Also
        --------
        gradient : Its derivatives.
        complex_step : Derivatives without formulas, to check them.

        Examples
        --------
        >>> from softmax_course import AttentionModel
        >>> model = AttentionModel(3, 4, random_state=0, dtype=np.float64)
        >>> tokens = [[1, 2, 0], [2, 0, 0]]
        >>> moved = {k: v.astype(complex) for k, v in model.parameters.items()}
        >>> moved["score"][0, 1] += 1e-30j
        >>> slope = model.loss(tokens, moved).imag / 1e-30
        >>> bool(np.isclose(slope, model.gradient(tokens)["score"][0, 1], rtol=1e-12))
        True
        """
        p = self.parameters if parameters is None else parameters
        tokens = self._inputs(tokens)
        mask = mask_of(tokens)
        h = self._forward(read_before(tokens), p)[1][mask]
        z = h @ p["output"] + p["bias"]
        z = z - z.real.max(axis=-1, keepdims=True)
        at_targets = z[np.arange(len(z)), tokens[mask]]
        return np.mean(np.log(np.exp(z).sum(axis=-1)) - at_targets)

    def gradient(self, tokens: ArrayLike) -> dict[str, NDArray[Any]]:
        """Return the derivatives of the loss with respect to each parameter.

        Parameters
        ----------
        tokens : array_like of int, shape (sentences, positions)
            Ids; what stands after an end mark does not count.

        Returns
        -------
        dict of str to ndarray
            In the shapes of `parameters`.

        Raises
        ------
        TypeError, ValueError
            As `log_probs`.

        See Also
        --------
        loss : What is differentiated.
        fit : Follows the gradient.

        Examples
        --------
        >>> from softmax_course import AttentionModel
        >>> model = AttentionModel(3, 4, random_state=0)
        >>> gradient = model.gradient([[1, 2, 0]])
        >>> gradient["score"].shape, float(abs(gradient["bias"].sum())) < 1e-6
        ((32, 32), True)
        """
        tokens = self._inputs(tokens)
        flat = np.empty_like(self._flat)
        grads = _views(flat, {name: values.shape for name, values in self.parameters.items()})
        self._backward(tokens, mask_of(tokens), grads)
        return grads

    def _backward(
        self,
        tokens: NDArray[np.intp],
        mask: NDArray[np.bool],
        grads: Mapping[str, NDArray[Any]],
    ) -> None:
        """Write the derivatives of the loss into `grads`."""
        p, inputs = self.parameters, read_before(tokens)
        x, h, weights = self._forward(inputs, p)
        # At the logits: p - y, over the number of tokens, and 0 after the end mark.
        dz = _row_softmax(h @ p["output"] + p["bias"])
        flat = _flat_rows(dz)
        flat[np.arange(len(flat)), tokens.ravel()] -= 1
        dz *= (mask / self._number(mask.sum()))[..., None]
        _sum_of_products(h, dz, grads["output"])
        flat.sum(axis=0, out=grads["bias"])
        dh = dz @ p["output"].T
        if weights is None:
            dx = dh
        else:
            # h = x + A x: x itself, x as the values, and the weights.
            dx = dh + weights.swapaxes(1, 2) @ dh
            dweights = dh @ x.swapaxes(1, 2)
            # The vector-Jacobian product of softmax; hidden positions have weight 0.
            dscores = weights * (dweights - (weights * dweights).sum(axis=-1, keepdims=True))
            dscores /= self._root
            # S = x W xᵀ: x as the keys, x as the queries, and W.
            as_key = dscores.swapaxes(1, 2) @ x
            as_query = dscores @ x
            dx += as_key @ p["score"] + as_query @ p["score"].T
            _sum_of_products(x, as_query, grads["score"])
        grads["position"][...] = 0
        grads["position"][: tokens.shape[1]] = dx.sum(axis=0)
        # A word collects from everywhere it was read: the product with one-hot rows.
        one_hot = np.zeros((inputs.size, self.vocabulary_size), self.dtype)
        one_hot[np.arange(inputs.size), inputs.ravel()] = 1
        _sum_of_products(one_hot, dx, grads["embedding"])

    # ----------------------------------------------------------------------------------------------
    # Training

    def fit(
        self,
        grammar: Grammar,
        steps: int = 2000,
        batch_size: int = 64,
        learning_rate: float = 0.02,
        measure: Callable[[AttentionModel], Any] | None = None,
        when: Iterable[int] = (),
    ) -> AttentionModel:
        """Train on fresh sentences of a grammar with Adam.

        Parameters
        ----------
        grammar : Grammar
            Makes the sentences; none is seen twice but by chance.
        steps : int, default 2000
            Steps from here on: a second call goes on from where the first has led.
        batch_size : int, default 64
            Sentences in a step.
        learning_rate : float, default 0.02
            Step length. It grows over the first 50 steps and falls to 0, as a cosine, until the
            last.
        measure : callable, optional
            Called with the model after each number of steps in `when`; what it returns is kept in
            `history_`. Draw its own sentences from a seed of their own.
        when : iterable of int, optional
            Numbers of steps of this call, 0 for the start.

        Returns
        -------
        AttentionModel
            The model itself.

        Raises
        ------
        TypeError, ValueError
            An argument is of a wrong type or out of range, or the grammar has other words or
            longer sentences than the model.

        See Also
        --------
        compare_with_grammar : What to measure.
        softmax_course.figures.divergence_history : Draws it.

        Examples
        --------
        >>> from softmax_course import AttentionModel, load_grammar
        >>> grammar = load_grammar("bn")
        >>> test = grammar.sample(200, random_state=9)
        >>> model = AttentionModel(grammar.vocabulary_size, grammar.max_length, random_state=0)
        >>> model = model.fit(grammar, 20, measure=lambda m: m.loss(test), when=[0, 10, 20])
        >>> list(model.history_)
        [0, 10, 20]
        """
        steps = as_integer(steps, "steps", 0)
        batch_size = as_integer(batch_size, "batch_size", 1)
        learning_rate = as_positive(learning_rate, "learning_rate")
        if grammar.vocabulary_size != self.vocabulary_size:
            raise ValueError(
                f"the grammar has {grammar.vocabulary_size} words, the model has "
                f"{self.vocabulary_size}"
            )
        if grammar.max_length > self.max_length:
            raise ValueError(
                f"sentences of the grammar have up to {grammar.max_length} tokens, the model has "
                f"{self.max_length} positions"
            )
        moments = {as_integer(step, "an entry of when", 0, steps) for step in when}
        flat = np.empty_like(self._flat)
        grads = _views(flat, {name: values.shape for name, values in self.parameters.items()})
        mean, square = np.zeros((2, len(flat)), self.dtype)
        if measure is not None and 0 in moments:
            self.history_[self.steps_] = measure(self)
        for step in range(steps):
            place = step % _BATCHES_AT_ONCE
            if place == 0:
                ahead = min(_BATCHES_AT_ONCE, steps - step) * batch_size
                tokens = grammar.sample(ahead, self._generator)
                mask = mask_of(tokens)
            batch = slice(place * batch_size, (place + 1) * batch_size)
            self._backward(tokens[batch], mask[batch], grads)
            mean += (1 - _MEAN) * (flat - mean)
            square += (1 - _SQUARE) * (flat * flat - square)
            length = learning_rate * min(1.0, (step + 1) / _WARM_UP)
            length *= 0.5 * (1 + np.cos(np.pi * step / steps))
            # Both means began at 0; what that lacks is made up for here.
            length /= 1 - _MEAN ** (step + 1)
            root = np.sqrt(square / self._number(1 - _SQUARE ** (step + 1)))
            self._flat -= self._number(length) * mean / (root + self._number(_TINY))
            self.steps_ += 1
            if measure is not None and step + 1 in moments:
                self.history_[self.steps_] = measure(self)
        return self


def _views(flat: NDArray[Any], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[Any]]:
    """Return arrays of the shapes that share the memory of `flat`."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])[:-1]
    parts = np.split(flat, ends)
    return {
        name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)
    }


def _row_softmax(z: NDArray[Any]) -> NDArray[Any]:
    """Return softmax along the last axis; unlike the course's, of complex numbers too."""
    exponentials = np.exp(z - z.real.max(axis=-1, keepdims=True))
    exponentials /= exponentials.sum(axis=-1, keepdims=True)
    return exponentials


def _sum_of_products(a: NDArray[Any], b: NDArray[Any], out: NDArray[Any]) -> None:
    """Write the sum of the outer products of all rows of a and b, aᵀb, into `out`."""
    a, b = _flat_rows(a), _flat_rows(b)
    # Products of this size are below what OpenBLAS shares out to threads: for matrices as small as
    # ours its threads cost more than they bring, twenty times more where others use the cores.
    rows = max(1, 2**18 // out.size)
    out[...] = 0
    for start in range(0, len(a), rows):
        out += a[start : start + rows].T @ b[start : start + rows]


def _flat_rows(array: NDArray[Any]) -> NDArray[Any]:
    return array.reshape(-1, array.shape[-1])
