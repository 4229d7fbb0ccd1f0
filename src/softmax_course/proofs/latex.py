r"""Read the LaTeX of a derivation as a SymPy expression.

A derivation is written as it is printed, ``p_i \left(\delta_{ik} - p_k\right)``, and what is
printed is what is checked: there is no second, hidden version of a formula. The language is small.

==============================================  ===============================================
``z_i``, ``v_3``, ``y_{k}``                     entry of a vector
``\delta_{ik}``                                 Kronecker delta
``\sum_{j=1}^{n} a_j b_j``, ``\sum_j``          sum over the classes, of the *rest of the term*
``\frac{\partial p_i}{\partial z_k}``           derivative; ``\frac{\partial}{\partial z_k}``
                                                differentiates the rest of the term, and
                                                ``\frac{d}{dx}`` is read the same way
``e^{z_i}``, ``\log p_i``                       exponential, natural logarithm
``n``, ``T``, ``\varepsilon``, ``c`` …          scalars
==============================================  ===============================================

Names such as ``p_i``, ``L`` or ``\sigma(x)`` are given by definitions, themselves LaTeX. An
index in a subscript is bound by a sum around it, and otherwise means any class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sympy import Dummy, Eq, Expr, Integer, KroneckerDelta, Ne, S, Sum, Symbol, exp, log, sympify

from softmax_course.proofs.expressions import derivative, index, n, scalar, vector

VECTORS = ("z", "y", "q", "v", "w", "u", "x", "g")
SCALARS = ("n", "T", "c", "m", "t", "x", r"\varepsilon", r"\alpha", r"\gamma", r"\eta", r"\theta")

_SPACE = re.compile(
    r"(?:\s|\\[,;:! ]|\\q?quad\b|\\(?:left|right|[bB]igg?[lr]?)(?![a-zA-Z])|\\displaystyle\b)+"
)
_TOKEN = re.compile(r"\\[a-zA-Z]+|\d+|[a-zA-Z]|[-+*/=^_(){}\[\],|]")
_OPEN = {"(": ")", "[": "]"}


class NotationError(ValueError):
    """A formula that cannot be read; the message has the place where reading stopped."""


def split_relation(latex: str) -> tuple[str, str, str]:
    r"""Split ``a = b``, ``i \ne k`` or ``a \ge b`` into its left side, relation and right side.

    Examples
    --------
    >>> split_relation(r"\sum_{j=1}^{n} y_j = 1")
    ('\\sum_{j=1}^{n} y_j', '=', '1')
    """
    depth = 0
    found = []
    for match in re.finditer(r"[{}]|=|\\(?:neq?|geq?)(?![a-zA-Z])", latex):
        token = match.group()
        if token in "{}":
            depth += 1 if token == "{" else -1
        elif depth == 0:
            found.append(match)
    if len(found) != 1:
        raise NotationError(f"expected one relation (=, \\ne or \\ge) in: {latex}")
    (match,) = found
    relation = {"=": "=", "\\ne": r"\ne", "\\neq": r"\ne"}.get(match.group(), r"\ge")
    return latex[: match.start()].strip(), relation, latex[match.end() :].strip()


class Notation:
    r"""Reader of formulas that use defined names.

    Examples
    --------
    >>> softmax = Notation({"p_i": r"\frac{e^{z_i}}{\sum_{j=1}^{n} e^{z_j}}"})
    >>> softmax.read(r"p_i + p_k")  # doctest: +ELLIPSIS
    exp(z[i])/Sum(exp(z[_j]), (_j, 1, n)) + exp(z[k])/Sum(exp(z[_j]), (_j, 1, n))
    """

    def __init__(self, definitions: Mapping[str, str] | None = None):
        self.definitions = dict(definitions or {})
        self._meaning: dict[str, tuple[tuple[str, ...], str | None, str]] = {}
        for name, formula in self.definitions.items():
            head, indices, argument = _take_apart(name)
            self._meaning[head] = (indices, argument, formula)
        for name, (_, argument, formula) in zip(
            self.definitions, self._meaning.values(), strict=True
        ):
            try:
                self.read(formula, bound=[argument] if argument else [])
            except RecursionError:
                raise NotationError(f"{name} is defined by itself: {formula}") from None

    def read(self, latex: str, bound: Iterable[str] = ()) -> Expr:
        """Return the SymPy expression that a formula stands for."""
        names = {letter: scalar(letter) for letter in bound if len(letter) == 1}
        return _Reader(self, latex, {}, names).whole()

    def relation(self, latex: str) -> Eq | Ne:
        r"""Return the SymPy relation that an assumption stands for."""
        left, sign, right = split_relation(latex)
        if re.fullmatch(r"[a-zA-Z]", left) and re.fullmatch(r"[a-zA-Z]|\d+", right):
            sides = [index(s) if s.isalpha() else Integer(s) for s in (left, right)]
        elif sign == "=":
            sides = [self.read(left), self.read(right)]
        else:
            raise NotationError(f"only = holds between numbers, and \\ne between indices: {latex}")
        return (Eq if sign == "=" else Ne)(*sides, evaluate=False)

    def heads(self) -> list[str]:
        """Return the defined names without their indices, longest first."""
        return sorted(self._meaning, key=len, reverse=True)


def _take_apart(name: str) -> tuple[str, tuple[str, ...], str | None]:
    match = re.fullmatch(r"(?P<head>.*?)_(?:(?P<one>[a-z])|\{(?P<many>[a-z]+)\})", name)
    if match:
        return match["head"], tuple(match["one"] or match["many"]), None
    match = re.fullmatch(r"(?P<head>\\[a-zA-Z]+)\((?P<argument>[a-z])\)", name)
    if match:
        return match["head"], (), match["argument"]
    return name, (), None


class _Reader:
    """Recursive descent over one formula."""

    def __init__(
        self,
        notation: Notation,
        latex: str,
        indices: Mapping[str, Expr],
        names: Mapping[str, Expr],
    ):
        self.notation, self.latex = notation, latex
        self.indices, self.names = dict(indices), dict(names)
        self.tokens = self._tokenize()
        self.at = 0

    # ---- tokens

    def _tokenize(self) -> list[tuple[str, int]]:
        tokens, place = [], 0
        heads = self.notation.heads()
        while place < len(self.latex):
            space = _SPACE.match(self.latex, place)
            if space:
                place = space.end()
                continue
            head = next((h for h in heads if self._starts(h, place)), None)
            if head is not None:
                tokens.append((head, place))
                place += len(head)
                continue
            match = _TOKEN.match(self.latex, place)
            if not match:
                raise NotationError(f"cannot read {self.latex[place:]!r} in: {self.latex}")
            tokens.append((match.group(), place))
            place = match.end()
        return tokens

    def _starts(self, head: str, place: int) -> bool:
        # A command such as \p must not swallow the beginning of \partial.
        after = self.latex[place + len(head) : place + len(head) + 1]
        command = re.search(r"\\[a-zA-Z]+$", head)
        return self.latex.startswith(head, place) and not (command and after.isalpha())

    def _peek(self, ahead: int = 0) -> str | None:
        position = self.at + ahead
        return self.tokens[position][0] if position < len(self.tokens) else None

    def _next(self) -> str:
        token = self._peek()
        if token is None:
            raise NotationError(f"unexpected end of: {self.latex}")
        self.at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self._peek() != wanted:
            raise self._error(f"expected {wanted!r}")
        self.at += 1

    def _error(self, what: str) -> NotationError:
        place = self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.latex)
        return NotationError(f"{what} at {self.latex[place:]!r} in: {self.latex}")

    # ---- grammar

    def whole(self) -> Expr:
        result = self.sum_of_terms()
        if self._peek() is not None:
            raise self._error("did not expect this")
        return result

    def sum_of_terms(self) -> Expr:
        result = S.Zero
        sign = 1
        if self._peek() in ("+", "-"):
            sign = -1 if self._next() == "-" else 1
        while True:
            result += sign * self.term()
            if self._peek() not in ("+", "-"):
                return result
            sign = -1 if self._next() == "-" else 1

    def term(self) -> Expr:
        """Read factors up to the next + or -; sums and derivatives take all that follow."""
        result = None
        while True:
            token = self._peek()
            if token in (r"\cdot", "*"):
                self.at += 1
                continue
            if token == "/" and result is not None:
                self.at += 1
                result = result / self.factor()
                continue
            if token is None or token in "+-)]}=,|":
                if result is None:
                    raise self._error("expected a factor")
                return result
            factor = self.factor()
            result = factor if result is None else result * factor

    def factor(self) -> Expr:
        base = self.base()
        if self._peek() == "^":
            self.at += 1
            return base ** self.script()
        return base

    def script(self) -> Expr:
        """Read an exponent or an argument: a group in braces, or one token."""
        if self._peek() == "{":
            return self.group()
        return self.base()

    def group(self) -> Expr:
        self._expect("{")
        result = self.sum_of_terms()
        self._expect("}")
        return result

    def base(self) -> Expr:
        token = self._next()
        if token.isdigit():
            return Integer(token)
        if token == "{":
            self.at -= 1
            return self.group()
        if token in _OPEN:
            result = self.sum_of_terms()
            self._expect(_OPEN[token])
            return result
        if token in self.notation._meaning:
            return self.defined(token)
        if token == r"\delta":
            return KroneckerDelta(*self.subscript(2))
        if token == r"\sum":
            return self.summation()
        if token in (r"\frac", r"\tfrac", r"\dfrac"):
            return self.fraction()
        if token == r"\log":
            return log(self.term() if self._peek() == r"\sum" else self.factor())
        if token in ("e", r"\exp"):
            if token == "e":
                self._expect("^")
                return exp(self.script())
            return exp(self.factor())
        if token in VECTORS and self._peek() == "_":
            return vector(token)[self.subscript(1)[0]]
        if token in self.names:
            return self.names[token]
        if token in SCALARS:
            return scalar(token.lstrip("\\"))
        self.at -= 1
        raise self._error("unknown name")

    def subscript(self, count: int) -> list[Expr]:
        self._expect("_")
        if self._peek() == "{":
            self.at += 1
            letters = []
            while self._peek() != "}":
                if self._peek() == ",":
                    self.at += 1
                    continue
                letters.append(self._next())
            self.at += 1
        else:
            letters = [self._next()]
        if len(letters) != count:
            raise self._error(f"expected {count} indices, not {letters}, before this")
        for letter in letters:
            if not re.fullmatch(r"[a-z]|[1-9]\d*", letter):
                raise self._error(f"{letter!r} is no index, before this")
        return [
            Integer(letter) if letter.isdigit() else self.indices.get(letter, index(letter))
            for letter in letters
        ]

    def defined(self, head: str) -> Expr:
        parameters, argument, formula = self.notation._meaning[head]
        # The formula is read with its own parameters only: no index around the name is captured.
        indices = (
            dict(zip(parameters, self.subscript(len(parameters)), strict=True))
            if parameters
            else {}
        )
        names = {}
        if argument:
            if self._peek() not in _OPEN:
                raise self._error(f"expected the argument of {head}")
            names[argument] = self.base()
        return _Reader(self.notation, formula, indices, names).whole()

    def summation(self) -> Expr:
        self._expect("_")
        upper: Expr = n
        braced = self._peek() == "{"
        if braced:
            self.at += 1
        letter = self._next()
        if not re.fullmatch(r"[a-z]", letter):
            raise self._error(f"{letter!r} cannot be a bound index, before this")
        if braced:
            if self._peek() == "=":
                self.at += 1
                self._expect("1")
            self._expect("}")
        if self._peek() == "^":
            self.at += 1
            upper = self.script()
        if letter in self.indices:
            raise self._error(f"the index {letter} is already bound")
        bound = Dummy(letter, integer=True, positive=True)
        self.indices[letter] = bound
        try:
            return Sum(self.term(), (bound, 1, upper))
        finally:
            del self.indices[letter]

    def fraction(self) -> Expr:
        sign = self._peek(1)
        if sign is None or sign not in (r"\partial", "d"):
            return self.group() / self.group()
        self._expect("{")
        self._expect(sign)
        order = 1
        if self._peek() == "^":
            self.at += 1
            order = int(self.script())
        inside = None if self._peek() == "}" else self.sum_of_terms()
        self._expect("}")
        variables = self.differentials(sign)
        if len(variables) != order:
            raise self._error(f"a derivative of order {order} needs {order} variables, before this")
        if inside is None:
            inside = self.term()
        return derivative(inside, *variables)

    def differentials(self, sign: str) -> list[Expr]:
        self._expect("{")
        variables: list[Expr] = []
        while self._peek() != "}":
            self._expect(sign)
            variable = self.base()
            if not isinstance(variable, Symbol) and not variable.is_Indexed:
                raise self._error(f"cannot differentiate with respect to {variable}, before this")
            times = 1
            if self._peek() == "^":
                self.at += 1
                times = int(sympify(self.script()))
            variables.extend([variable] * times)
        self.at += 1
        return variables
