"""A list of what is proved, taken from the proofs themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from softmax_course.proofs.derivation import Derivation


@dataclass(frozen=True)
class Statements:
    """A numbered list of statements that shows itself as formulas; made by `statements`."""

    latex: tuple[str, ...]

    def _repr_latex_(self) -> str:
        lines = [rf"{number}.\quad & {line}" for number, line in enumerate(self.latex, 1)]
        body = r"\begin{aligned}" + r" \\[0.5em] ".join(lines) + r"\end{aligned}"
        return rf"$\displaystyle {body}$"

    def __repr__(self) -> str:
        return "\n".join(f"{number}. {line}" for number, line in enumerate(self.latex, 1))


def statements(theorems: Iterable[Callable[[], Derivation]]) -> Statements:
    r"""Prove theorems and list what they state.

    Parameters
    ----------
    theorems : iterable of callables
        Functions of `softmax_course.theorems`.

    Returns
    -------
    Statements
        Shown as numbered formulas by Jupyter and in the book.

    Raises
    ------
    softmax_course.proofs.derivation.UnprovedStepError
        If a theorem is not proved.

    See Also
    --------
    softmax_course.theorems : What can be listed.

    Examples
    --------
    >>> from softmax_course import theorems
    >>> statements([theorems.sigmoid_as_softmax])
    1. p_1 = \sigma(z_1 - z_2)
    """
    return Statements(tuple(theorem().statement for theorem in theorems))
