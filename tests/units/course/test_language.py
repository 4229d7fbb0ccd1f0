"""Words in the language in use, the fonts that draw them, and the errors about both."""

import re
import shutil
import subprocess
import sys
from importlib import metadata
from string import Formatter

import courses
import matplotlib as mpl
import pytest
from courses import course_words, untranslated
from matplotlib.figure import Figure
from project import FINISHED, LANGUAGES, ROOT, TRAITS

from softmax_course.teaching import language, plotting, words

CODES = language.available()


@pytest.fixture(autouse=True)
def _restore():
    with language.using("en"):
        yield


def messages(code):
    """Return the words of the course: all but names, fonts and what extensions read."""
    return course_words(code)


def test_the_course_speaks_the_languages_of_the_book_and_english():
    assert set(CODES) == {*LANGUAGES, "en"}


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_every_language_has_the_same_messages(code):
    assert set(messages(code)) == set(messages("en"))


@pytest.mark.parametrize("code", FINISHED)
def test_a_language_that_is_no_draft_is_translated(code):
    left = untranslated(code)
    assert not left, (
        f"{code}: still as in English (loans, if rightly: tests/languages.toml): {left}"
    )


@pytest.mark.parametrize("code", FINISHED)
def test_every_loan_is_one(code):
    english, own = messages("en"), messages(code)
    assert [key for key in TRAITS[code]["loans"] if own[key] != english[key]] == []


def test_a_file_in_english_is_found_untranslated(tmp_path):
    """As when a language is begun; the same in a copy of English under another name."""
    folder = tmp_path / courses.MESSAGES
    shutil.copytree(words.MESSAGES, folder)
    for name in ("_config.yml", "tests/languages.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    code = FINISHED[-1]
    shutil.copy(folder / "en.toml", folder / f"{code}.toml")
    left = untranslated(code, tmp_path)
    assert "figures.probability" in left
    assert "check.hint.other" in left
    assert len(left) > 0.9 * len(messages("en"))


@pytest.mark.parametrize("code", CODES)
def test_no_message_is_empty(code):
    assert [key for key, value in messages(code).items() if value == ""] == []


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_figures_need_the_same_values_in_every_language(code):
    def fields(message):
        return {name for _, name, _, _ in Formatter().parse(message) if name is not None}

    english = messages("en")
    for key, message in messages(code).items():
        if key.startswith("figures."):
            assert fields(message) == fields(english[key]), key


@pytest.mark.parametrize("code", CODES)
def test_messages_are_in_normal_form_and_free_of_matplotlib_math(code):
    import unicodedata

    for key, message in messages(code).items():
        if isinstance(message, str):
            assert unicodedata.is_normalized("NFC", message), key
            if key.startswith("figures."):
                assert "$" not in message, key


@pytest.mark.parametrize("code", FINISHED)
def test_a_figure_s_words_are_in_the_script_of_the_language(code):
    # Where a language writes what English writes, it is a formula or a name.
    same = {
        "figures.temperature",
        "figures.sum",
        "figures.softmax_steps.powers",
        "figures.overflow_map.nan",
        "figures.reliability_diagram.error",
        "figures.focal_loss_curves.gamma",
    }
    loan = {
        "figures.sigmoid_vs_softmax.softmax",
        "figures.sigmoid_vs_softmax.sigmoid",
        "figures.softmax_steps.logits",
        "figures.softmax_steps.scaled",
        "figures.logit",
    }
    for key, message in messages(code).items():
        if key.startswith("figures.") and key not in same | loan:
            assert re.search(f"[{TRAITS[code]['letters']}]", message), key


def test_using_returns_to_the_language_and_the_style_before():
    families = list(mpl.rcParams["font.family"])
    with language.using("zh"):
        assert language.current() == "zh"
        assert mpl.rcParams["font.family"] == ["Noto Sans SC", "DejaVu Sans"]
    assert language.current() == "en"
    assert mpl.rcParams["font.family"] == families


def test_using_returns_after_an_error_too():
    def fails():
        with language.using("zh"):
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fails()
    assert language.current() == "en"


def test_an_unknown_language_names_the_others_and_the_file_that_would_add_it():
    known = ", ".join(CODES)
    with pytest.raises(language.UnknownLanguageError, match=rf"{known}.*messages/tlh\.toml"):
        language.use("tlh")
    assert language.current() == "en"


def test_codes_and_keys_are_texts():
    for call, name in (
        (lambda: language.use(["ru"]), "code"),
        (lambda: language.use(None), "code"),
        (lambda: language.text(None), "key"),
        (lambda: language.table(3), "key"),
    ):
        with pytest.raises(TypeError, match=f"{name} must be a text, got"):
            call()
    assert language.current() == "en"


def test_a_missing_message_names_its_key_and_file():
    with (
        language.using("ru"),
        pytest.raises(language.MissingMessageError, match=r"'figures\.nothing'.*messages/ru\.toml"),
    ):
        language.text("figures.nothing")


def test_a_table_is_not_a_message_nor_a_message_a_table():
    with pytest.raises(language.MissingMessageError, match="is a table"):
        language.text("figures")
    with pytest.raises(language.MissingMessageError, match="is a message"):
        language.table("language.name")


def test_a_missing_value_is_named():
    with pytest.raises(ValueError, match=r"needs a value for 'T'; given: t"):
        language.text("figures.temperature", t=1)


def test_a_table_is_a_copy():
    language.table("language")["name"] = "changed"
    assert language.text("language.name") == "English"


def test_a_missing_font_package_is_named_with_the_command(monkeypatch):
    def absent(package):
        raise metadata.PackageNotFoundError(package)

    monkeypatch.setattr(plotting.metadata, "files", absent)
    with pytest.raises(plotting.MissingFontError) as caught:
        language.use("bn")
    said = str(caught.value)
    assert "python -m pip install fontpkg-hind-siliguri" in said
    for place in (
        "messages/bn.toml",
        "requirements.txt",
        "pyproject.toml",
        "_config.yml",
        "make lock",
    ):
        assert place in said
    assert language.current() == "en"


def test_a_font_package_without_fonts_is_an_error(monkeypatch):
    monkeypatch.setattr(plotting.metadata, "files", lambda package: [])
    with pytest.raises(plotting.MissingFontError, match="holds no font"):
        language.use("zh")


def test_a_matplotlib_that_cannot_join_letters_is_refused(monkeypatch):
    monkeypatch.setattr(mpl, "__version__", "3.10.8")
    with pytest.raises(plotting.MissingFontError, match=r'pip install "matplotlib>=3\.11"'):
        language.use("bn")
    language.use("ru")


@pytest.mark.slow
def test_font_packages_are_found_without_importing_them():
    code = (
        "import sys; from softmax_course import language\n"
        "for code in language.available(): language.use(code)\n"
        "print({'zhplot', 'fontpkg', 'fontpkg_hind_siliguri', 'IPython'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_words_need_no_matplotlib():
    code = (
        "import sys; from softmax_course import language\n"
        "language.text('language.name'); print('matplotlib' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def chinese_title():
    figure = Figure()
    figure.add_subplot().set_title("类别")
    return figure


def test_a_missing_glyph_is_an_error_when_checked():
    with language.using("ru"), pytest.raises(plotting.MissingGlyphError, match=r"别 \(U\+522B\)"):
        plotting.check_glyphs(chinese_title())
    with language.using("zh"):
        plotting.check_glyphs(chinese_title())


def run_cells(*sources):
    from nbclient import NotebookClient
    from nbformat import v4

    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.slow
def test_a_notebook_shows_the_same_svg_each_time_and_reports_a_missing_glyph():
    start = "from softmax_course import language\nlanguage.use('bn')"
    draw = "from softmax_course import figures\nfigures.softmax_steps([3.0, 1.0, 0.2])"
    plot = "import matplotlib.pyplot as plt\nplt.title('ক্লাস');"
    wrong = "plt.title('类');"
    _, first, second, own, missing = run_cells(start, draw, draw, plot, wrong)
    narrow = "application/vnd.narrow.svg+xml"
    for outputs in (first, second, own):
        kinds = [sorted(output["data"]) for output in outputs]
        assert kinds == [[narrow, "image/svg+xml", "text/plain"]]
    assert first[0]["data"][narrow] == second[0]["data"][narrow]
    svg = first[0]["data"]["image/svg+xml"]
    assert svg == second[0]["data"]["image/svg+xml"]
    assert "<dc:date>" not in svg
    # A build that refuses stderr stops at what Matplotlib says of the reader's own drawing.
    said = "".join(output.text for output in missing if output.get("name") == "stderr")
    assert "Glyph 31867" in said
