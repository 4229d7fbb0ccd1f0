"""Theorems about two classes: the sigmoid."""

from __future__ import annotations

from functools import cache

from softmax_course.proofs.derivation import Derivation, Step, derive


@cache
def sigmoid_as_softmax() -> Derivation:
    r"""Derive :math:`p_1 = \sigma(z_1 - z_2)` for two classes."""
    return derive(
        r"p_1 = \sigma(z_1 - z_2)",
        Step(r"\frac{e^{z_1}}{e^{z_1} + e^{z_2}}", "two_classes"),
        Step(r"\frac{1}{1 + e^{z_2} / e^{z_1}}", "divide_by_exp"),
        Step(r"\frac{1}{1 + e^{-(z_1 - z_2)}}", "exp_of_difference"),
        Step(r"\sigma(z_1 - z_2)", "definition"),
        definitions={
            "p_i": r"\frac{e^{z_i}}{\sum_{j=1}^{2} e^{z_j}}",
            r"\sigma(x)": r"\frac{1}{1 + e^{-x}}",
        },
        name="sigmoid_as_softmax",
    )


@cache
def sigmoid_derivative() -> Derivation:
    r"""Derive :math:`\sigma'(x) = \sigma(x)(1 - \sigma(x))`."""
    return derive(
        r"\frac{d}{dx}\, \sigma(x) = \sigma(x) \left(1 - \sigma(x)\right)",
        Step(r"\frac{e^{-x}}{\left(1 + e^{-x}\right)^2}", "chain_rule"),
        Step(r"\frac{1}{1 + e^{-x}} \cdot \frac{e^{-x}}{1 + e^{-x}}", "split_fraction"),
        Step(r"\frac{1}{1 + e^{-x}} \left(1 - \frac{1}{1 + e^{-x}}\right)", "add_and_subtract_one"),
        Step(r"\sigma(x) \left(1 - \sigma(x)\right)", "definition"),
        definitions={r"\sigma(x)": r"\frac{1}{1 + e^{-x}}"},
        name="sigmoid_derivative",
    )
