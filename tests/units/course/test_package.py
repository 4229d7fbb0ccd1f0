"""The readers' API: one flat list of names, loaded when they are first asked for."""

import pkgutil
import subprocess
import sys
from dataclasses import is_dataclass
from importlib import import_module

import pytest

import softmax_course


@pytest.mark.parametrize("name", softmax_course.__all__)
def test_every_public_name_is_there(name):
    assert getattr(softmax_course, name) is not None


def test_what_functions_return_cannot_be_changed_by_accident():
    found = pkgutil.walk_packages(softmax_course.__path__, "softmax_course.")
    modules = [import_module(module.name) for module in found]
    records = {
        one
        for module in modules
        for name, one in vars(module).items()
        if isinstance(one, type) and is_dataclass(one) and not name.startswith("_")
    }
    assert softmax_course.Derivation in records
    assert [one.__name__ for one in records if not one.__dataclass_params__.frozen] == []


def test_names_that_do_not_exist_raise_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        softmax_course.no_such_name  # noqa: B018


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import softmax_course", ["sympy", "matplotlib", "scipy", "sklearn"]),
        (
            "from softmax_course import cross_entropy, softmax, softmax_jacobian",
            ["sympy", "matplotlib", "scipy", "sklearn"],
        ),
        (
            "from softmax_course import attention, fit_temperature, online_softmax, sparsemax",
            ["sympy", "matplotlib", "scipy", "sklearn"],
        ),
        ("from softmax_course import SoftmaxRegression", ["sympy", "matplotlib"]),
        ("from softmax_course import theorems", ["matplotlib", "sklearn"]),
        ("from softmax_course import language, table", ["matplotlib", "sympy", "sklearn"]),
    ],
)
def test_importing_loads_only_what_is_asked_for(code, unwanted):
    probe = f"import sys\n{code}\nprint(*(m for m in {unwanted} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
