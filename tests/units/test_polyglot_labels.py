"""Labels of each language for itself: what a page sees, what is forgotten, pickled and merged."""

import pickle
from types import SimpleNamespace

import pytest
from sphinx.util.build_phase import BuildPhase

from polyglot_book import labels
from polyglot_book.config import read
from polyglot_book.state import State

LANGUAGES = {
    code: {"tag": code, "gettext": code, "name": code.upper()} for code in ("en", "fr", "fa")
}


class Environment:
    """What of Sphinx's build environment labels need: pickled without its application, as there."""

    def __init__(self):
        self.app = SimpleNamespace(
            polyglot=State(read({"languages": LANGUAGES})), phase=BuildPhase.READING, env=self
        )
        self.temp_data = {}

    def __getstate__(self):
        return {**self.__dict__, "app": None}

    def at(self, docname: str | None, phase: BuildPhase = BuildPhase.RESOLVING) -> None:
        self.app.phase = phase
        self.temp_data = {"docname": docname} if docname else {}


@pytest.fixture
def env():
    return Environment()


@pytest.fixture
def found(env):
    """Labels as Sphinx keeps them: a label in all languages, one in two, one in none."""
    found = labels.of(env, "std.labels", {"search": ("search", "", "Search")})
    for code in ("fa", "en", "fr"):
        found["growth"] = (f"{code}/growth", "growth", code)
    for code in ("fa", "fr"):
        found["appendix"] = (f"{code}/appendix", "appendix", code)
    return found


def test_an_entry_belongs_to_the_language_of_its_page(env, found):
    for code in LANGUAGES:
        for phase in (BuildPhase.READING, BuildPhase.RESOLVING, BuildPhase.WRITING):
            env.at(f"{code}/other", phase)
            assert found["growth"][0] == f"{code}/growth"


def test_what_a_language_lacks_is_found_elsewhere_in_order(env, found):
    env.at("en/growth")
    assert found["appendix"][0] == "fr/appendix"
    assert found["search"][0] == "search"
    assert sorted(found) == ["appendix", "growth", "search"]
    assert len(found) == 3
    env.at("about")
    assert found["growth"][0] == "en/growth"
    with pytest.raises(KeyError):
        found["nothing"]


def test_other_languages_are_hidden_while_pages_are_read(env, found):
    env.at("en/growth", BuildPhase.READING)
    assert "appendix" not in found
    assert "growth" in found
    assert list(found) == ["growth"]


def test_a_page_is_forgotten_alone(env, found):
    labels._forget_page(env.app, env, "fr/growth")
    env.at("fr/other")
    assert found["growth"][0] == "en/growth"
    assert found["appendix"][0] == "fr/appendix"
    env.at("fa/other")
    assert found["growth"][0] == "fa/growth"


def test_it_is_pickled_with_its_environment(env, found):
    copy = pickle.loads(pickle.dumps(env))
    copy.app = env.app
    again = labels.of(copy, "std.labels", {})
    copy.temp_data = {"docname": "fa/other"}
    copy.app.env, copy.app.phase = copy, BuildPhase.RESOLVING
    assert again["growth"][0] == "fa/growth"
    assert again is not found


def test_what_another_process_has_read_is_added_for_each_language(env, found):
    worker = Environment()
    theirs = labels.of(worker, "std.labels", {})
    for page in ("en/growth", "fr/growth", "fa/growth", "en/rates"):
        theirs[page.partition("/")[2]] = (page, "new", "")
    other = pickle.loads(pickle.dumps(worker))
    assert other.app is None
    labels._add_pages(env.app, env, {"fr/growth", "fa/growth", "en/rates"}, other)
    seen = {}
    for code in LANGUAGES:
        env.at(f"{code}/other")
        seen[code] = found["growth"][1]
    assert seen == {"en": "growth", "fr": "new", "fa": "new"}
    env.at("en/other")
    assert found["rates"] == ("en/rates", "new", "")


def test_an_attribute_that_an_extension_makes_anew_is_put_back(env):
    connected = []
    env.app.extensions = {"sphinx_exercise": None}
    env.app.connect = lambda event, handler, priority: connected.append((event, handler))
    labels.separate_attribute(env.app, "sphinx_exercise", "registry")
    handlers = dict(connected)
    handlers["builder-inited"](env.app)
    whole = env.registry
    for code in LANGUAGES:
        env.registry["task"] = {"docname": f"{code}/growth"}
    env.at("fr/growth")
    env.registry = {**env.registry}  # as after reading in several processes
    handlers["env-merge-info"](env.app, env, set(), env)
    assert env.registry is whole
    for code in LANGUAGES:
        env.at(f"{code}/growth")
        assert env.registry["task"] == {"docname": f"{code}/growth"}
