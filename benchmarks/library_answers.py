"""What libraries answer to bad and extreme input: calls, which `libraries.py` runs one by one.

A case has a name and, for each library, a call as it would be written (`library_answers.toml`).
Names in calls are those of `namespace`; `P` is NumPy's softmax as beginners write it.
"""

from __future__ import annotations

import os
import tomllib
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

LIBRARIES = ("course", "numpy", "scipy", "sklearn", "torch", "jax", "keras")

# Name of a case: library: call.
CASES: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def plain_softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def namespace(libraries: tuple[str, ...]) -> dict[str, Any]:
    """Import what the calls need of the libraries that are asked for."""
    import scipy.special
    import scipy.stats
    import sklearn.metrics
    from sklearn.utils.extmath import softmax as sklearn_softmax

    import softmax_course

    names: dict[str, Any] = {
        "inf": float("inf"),
        "np": np,
        "P": plain_softmax,
        "course": softmax_course,
        "scipy": scipy,
        "sklearn": sklearn,
        "sklearn_softmax": sklearn_softmax,
    }
    if "torch" in libraries:
        torch = import_module("torch")
        functional = import_module("torch.nn.functional")

        def torch_grad(z: Any, target: Any) -> Any:
            z.requires_grad_()
            functional.cross_entropy(z, torch.tensor(target)).backward()
            return z.grad

        def torch_grad_of_log(z: Any) -> Any:
            z.requires_grad_()
            torch.log(torch.softmax(z, 0))[1].backward()
            return z.grad

        def torch_masked_grad() -> Any:
            z = torch.zeros(1, 2, requires_grad=True)
            masked = z + torch.tensor([[-torch.inf, -torch.inf]])
            p = torch.softmax(masked, 1)
            torch.where(torch.isnan(p), 0.0, p).sum().backward()
            return z.grad

        names |= {
            "torch": torch,
            "F": functional,
            "torch_grad": torch_grad,
            "torch_grad_of_log": torch_grad_of_log,
            "torch_masked_grad": torch_masked_grad,
        }
    if "jax" in libraries:
        jax = import_module("jax")
        jax.config.update("jax_enable_x64", True)
        names |= {"jax": jax, "jnp": import_module("jax.numpy")}
    if "keras" in libraries:
        os.environ["KERAS_BACKEND"] = "jax"
        names["keras"] = import_module("keras")
    return names


def answer(call: str, names: dict[str, Any]) -> str:
    """Run a call and say in one line what came of it: a value, an error, warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            said = _in_words(eval(call, dict(names)))
        except Exception as error:
            said = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
    kinds = sorted({w.category.__name__ for w in caught})
    return said + "".join(f" [{kind}]" for kind in kinds)


def _in_words(value: Any) -> str:
    if hasattr(value, "detach"):
        value = value.detach()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
        value = value.numpy()
    array = np.asarray(value)
    if str(array.dtype) == "bfloat16":
        array = array.astype(np.float32)
    numbers = np.vectorize(lambda v: f"{v + 0.0:.6g}", otypes=[str])(array.astype(float))
    return str(numbers.tolist()).replace("'", "")
