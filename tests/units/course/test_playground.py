"""The playground: its arithmetic against the module, its controls, what it needs from a page."""

import gzip
import sys

import numpy as np
import pytest

from softmax_course.numerics.derivatives import cross_entropy_grad
from softmax_course.numerics.functional import softmax
from softmax_course.numerics.losses import cross_entropy
from softmax_course.teaching import language, playground

LANGUAGES = language.available()
U = 2.0**-53
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>
<style>:root{{color-scheme:light dark}}body{{margin:0}}</style><body>{}</body></html>"""


def html(*args, lang="en", **kwargs):
    with language.using(lang):
        return playground.show(*args, **kwargs)._repr_html_()


def put(page, *widgets):
    page.set_content(PAGE.format("".join(widgets)))
    return started(page, len(widgets))


def started(page, count):
    """Wait until playgrounds have been built, which they are when they are about to be seen."""
    page.wait_for_function("n => document.querySelectorAll('.smx-live').length === n", arg=count)
    return page.locator(".smx-playground")


def state(root):
    """Return what a playground computes from what its fields hold."""
    return root.evaluate(
        """root => {
            const z = [...root.querySelectorAll("form input[type=number]")].map(i => +i.value);
            const T = +root.querySelector(".smx-row input[type=number]").value;
            const target = [...root.querySelectorAll("[type=radio]")].findIndex(r => r.checked);
            return {z, T, target, ...root.softmax.compute(z, T, target)};
        }"""
    )


def shown(root, i):
    """Return the probability and gradient that stand in row `i`."""
    row = root.locator(".smx-class:not(.smx-head)").nth(i)
    texts = row.locator(".smx-out > *").all_inner_texts()
    return [number(text.strip(" ↑↓")) for text in texts]


def number(text):
    """Read a number as the course writes it."""
    mantissa, _, exponent = text.replace("−", "-").partition("·10")
    raised = exponent.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(mantissa) * 10.0 ** int(raised or 0)


def cases():
    rng = np.random.default_rng(5)
    for _ in range(300):
        n = int(rng.integers(3, 6))
        scale = 10.0 ** rng.uniform(-3, 3)
        T = 10.0 ** rng.uniform(-3, 3)
        yield (rng.normal(size=n) * scale).tolist(), T, int(rng.integers(n))
    largest = sys.float_info.max
    for T in (1e-3, 1.0, 1e3):
        for z in (
            [1e308, -1e308, 0.0],
            [1e308, 1e308, -1e308],
            [largest, -largest, 5e-324, 0.0, 1.0],
            [0.0, -40.0, -800.0],
            [-1e308, -1e308, -1e308],
            [1e-308, 0.0, -1e-308],
        ):
            for target in range(len(z)):
                yield z, T, target


def test_arithmetic_agrees_with_the_module(page):
    root = put(page, html())
    inputs = list(cases())
    results = root.evaluate(
        "(root, inputs) => inputs.map(([z, T, t]) => root.softmax.compute(z, T, t))",
        [list(case) for case in inputs],
    )
    for (z, T, target), got in zip(inputs, results, strict=True):
        # Both sides stay within (4 d + n + 6) u relative, d the shifted logit over T: two
        # roundings in d of which exp makes relative errors, twice (own and in the sum), n for
        # the sum and normalisation. exp is 0 from d = 746 on; below 1e-300 it is subnormal.
        with np.errstate(over="ignore"):
            d = np.minimum((max(z) - np.array(z)) / T, 746.0)
        each = 2 * (4 * d + len(z) + 6) * U
        probs = softmax(z, temperature=T)
        assert (np.abs(got["probs"] - probs) <= each * probs + 1e-300).all(), (z, T)
        grad = cross_entropy_grad(z, target, temperature=T)
        allowed = np.where(np.arange(len(z)) == target, each.max(), each) * np.abs(grad)
        assert (np.abs(got["grad"] - grad) <= allowed + 1e-297).all(), (z, T)
        loss = cross_entropy(z, target, temperature=T)
        assert got["loss"] == loss or abs(got["loss"] - loss) <= each.max() * loss + 1e-300


def test_step_follows_the_gradient_and_lowers_the_loss(page):
    root = put(page, html((2.0, -1.0, 0.5), 2.0, 2))
    before = state(root)
    root.get_by_role("button", name="One step of gradient descent").click()
    expected = np.array(before["z"]) - 0.5 * cross_entropy_grad(before["z"], 2, temperature=2.0)
    after = state(root)
    # The field shows six significant digits.
    assert after["z"] == pytest.approx(expected.tolist(), rel=5e-6)
    assert after["loss"] < before["loss"]
    for i, (p, g) in enumerate(zip(after["probs"], after["grad"], strict=True)):
        assert shown(root, i) == pytest.approx([p, g], abs=0.51e-4)


def test_step_uses_the_learning_rate_typed(page):
    root = put(page, html((1.0, 0.0, 0.0)))
    root.get_by_label("Learning rate").fill("3")
    root.get_by_role("button", name="One step").click()
    expected = np.array([1.0, 0.0, 0.0]) - 3.0 * cross_entropy_grad([1.0, 0.0, 0.0], 0)
    assert state(root)["z"] == pytest.approx(expected.tolist(), rel=5e-6)


def test_extreme_numbers_can_be_typed(page):
    root = put(page, html())
    fields = root.locator("form input[type=number]")
    fields.nth(0).fill("1e308")
    fields.nth(1).fill("-1e308")
    assert [shown(root, i)[0] for i in range(3)] == [1.0, 0.0, 0.0]
    root.get_by_role("button", name="One step").click()
    assert np.isfinite(state(root)["z"]).all()
    root.get_by_role("radio").nth(1).check()
    assert "∞" in root.locator(".smx-numbers").inner_text()


def test_what_is_no_number_is_said_and_changes_nothing(page):
    root = put(page, html())
    before = shown(root, 0)
    field = root.locator("form input[type=number]").first
    field.fill("")
    assert field.get_attribute("aria-invalid") == "true"
    assert "finite number" in root.get_by_role("alert").inner_text()
    assert shown(root, 0) == before
    field.fill("1")
    assert field.get_attribute("aria-invalid") == "false"
    assert root.get_by_role("alert").inner_text() == ""
    temperature = root.get_by_label("Temperature T", exact=True)
    temperature.fill("0")
    assert temperature.get_attribute("aria-invalid") == "true"


def test_classes_are_added_and_removed_and_reset_restores(page):
    root = put(page, html((2.0, -1.0, 0.5), 0.5, 1))
    start = state(root)
    add = root.get_by_role("button", name="Add a class")
    remove = root.get_by_role("button", name="Remove the last class")
    assert remove.is_disabled()
    add.click()
    add.click()
    assert len(state(root)["z"]) == 5
    assert add.is_disabled()
    # Focus does not fall off the page with the button that went out of use.
    assert remove.evaluate("node => node === document.activeElement")
    root.get_by_role("radio").nth(4).check()
    remove.click()
    assert state(root)["target"] == 3
    root.get_by_role("button", name="Reset").click()
    assert state(root) == start


def test_keys_move_a_slider_and_the_result_is_announced(page):
    root = put(page, html())
    slider = root.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert state(root)["z"][0] == pytest.approx(2.1)
    spoken = root.get_by_role("status")
    probability = f"{softmax([2.1, -1.0, 0.5])[0]:.4f}"
    page.wait_for_function(
        "([node, text]) => node.textContent.includes(text)",
        arg=[spoken.element_handle(), probability],
    )
    outline = slider.evaluate("node => getComputedStyle(node).outlineStyle")
    assert outline == "solid"


def test_temperature_slider_is_logarithmic(page):
    root = put(page, html())
    slider = root.get_by_role("slider").last
    slider.focus()
    page.keyboard.press("End")
    assert state(root)["T"] == 1000.0
    assert slider.get_attribute("aria-valuetext") == "1000"
    page.keyboard.press("Home")
    assert state(root)["T"] == 0.001


def test_every_control_has_a_name(page):
    root = put(page, html())
    nameless = root.evaluate(
        """root => [...root.querySelectorAll("input, button")].filter(
            n => !(n.ariaLabel || n.labels?.[0]?.textContent.trim() || n.textContent.trim())
        ).map(n => n.outerHTML)"""
    )
    assert nameless == []


def test_several_on_a_page_do_not_disturb_each_other(page):
    same = html((1.0, 0.0, 0.0))
    roots = put(page, same, same, html((0.0, 0.0, 3.0), target=2))
    assert roots.count() == 3
    roots.nth(1).get_by_role("button", name="One step").click()
    roots.nth(1).get_by_role("radio").nth(2).check()
    assert state(roots.nth(0))["z"] == [1.0, 0.0, 0.0]
    assert [state(roots.nth(i))["target"] for i in range(3)] == [0, 2, 2]
    assert " id=" not in same


@pytest.mark.parametrize(
    "run",
    [
        "old.replaceWith(script)",  # JupyterLab
        "document.head.appendChild(script).remove()",  # VS Code
    ],
)
def test_starts_where_scripts_are_run_after_insertion(page, run):
    page.set_content(PAGE.format("<main></main>"))
    page.evaluate(
        f"""html => {{
            const main = document.querySelector("main");
            main.innerHTML = html;
            for (const old of main.querySelectorAll("script")) {{
                const script = document.createElement("script");
                script.textContent = old.textContent;
                {run};
            }}
        }}""",
        html((3.0, 0.0, 0.0)) + html((0.0, 0.0, 4.0)) + html((3.0, 0.0, 0.0)),
    )
    roots = started(page, 3)
    assert [state(roots.nth(i))["z"][0] for i in range(3)] == [3.0, 0.0, 3.0]
    # A key pressed in a field belongs to the field and not to the notebook.
    field = page.get_by_role("slider").first
    field.focus()
    assert field.get_attribute("data-lm-suppress-shortcuts") == "true"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_scripts_a_table_remains(browser, lang):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(PAGE.format(html(lang=lang)))
    text = page.locator("table").inner_text()
    for p in softmax([2.0, -1.0, 0.5]):
        assert f"{p:.4f}" in text
    with language.using(lang):
        assert language.text("playground.probability") in text
        name = language.text("playground.class", k=1)
        assert language.text("playground.state", T=1, name=name) in page.inner_text("body")
    context.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_small_self_contained_and_in_one_language(page, lang):
    source = html(lang=lang)
    assert len(gzip.compress(source.encode())) < 10_000
    assert "http" not in source.replace("http://www.w3.org/2000/svg", "")
    root = put(page, source)
    with language.using(lang):
        assert root.get_attribute("lang") == language.text("language.tag")
        for key in ("step", "reset", "right_class", "cold"):
            assert language.text(f"playground.{key}") in root.inner_text()
        gradient = language.text("playground.gradient")
        assert language.text("playground.legend", gradient=gradient) in root.inner_text()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_fits_a_narrow_phone(page, lang):
    page.set_viewport_size({"width": 360, "height": 740})
    put(page, html((1.0, 2.0, 3.0, 4.0, 5.0), lang=lang))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("simple", [True, False])
def test_sliders_and_bars_are_on_one_screen_of_a_phone(page, lang, simple):
    page.set_viewport_size({"width": 360, "height": 640})
    root = put(page, html(lang=lang, simple=simple))
    assert root.bounding_box()["height"] <= 640
    for row in root.locator(".smx-class:not(.smx-head)").all():
        [slider, field] = row.locator("input:not([type=radio])").all()
        parts = [slider, field, row.locator(".smx-bar")]
        boxes = [part.bounding_box() for part in parts]
        # One line: the bar lies right under its slider.
        assert max(box["y"] + box["height"] for box in boxes) - min(b["y"] for b in boxes) <= 48
        assert min(slider.bounding_box()["height"], field.bounding_box()["height"]) >= 24


PRESETS = {
    "cold": lambda p: p.max() == 1,
    "equal": lambda p: np.ptp(p) == 0,
    "ahead": lambda p: 0.999 < p[0] < 1,
}


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_show_the_limits(page, preset):
    root = put(page, html((2.0, -1.0, 0.5)))
    with language.using("en"):
        root.get_by_role("button", name=language.text(f"playground.{preset}")).click()
    assert PRESETS[preset](np.array(state(root)["probs"]))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_simple_one_knows_no_loss(page, lang):
    root = put(page, html(lang=lang, simple=True))
    assert root.get_by_role("radio").count() == 0
    text = root.evaluate("root => root.textContent")
    with language.using(lang):
        for key in ("right_class", "gradient", "rate", "step"):
            assert language.text(f"playground.{key}") not in text
        assert "↑" not in root.inner_text()  # the legend
        assert len(repr(playground.show(simple=True)).splitlines()[0].split()) < len(
            repr(playground.show()).splitlines()[0].split()
        )


CONTRAST = """root => {
    const context = document.createElement("canvas").getContext("2d");
    const light = css => {
        context.fillStyle = css;
        context.fillRect(0, 0, 1, 1);
        const linear = [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)].map(
            v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const ratio = (a, b) => {
        const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
    };
    const style = getComputedStyle(root);
    const bar = getComputedStyle(root.querySelector(".smx-bar i"));
    const button = getComputedStyle(root.querySelector("button"));
    return [ratio(style.color, style.backgroundColor), ratio(button.color, button.backgroundColor),
        ratio(bar.backgroundColor, style.backgroundColor)];
}"""
DARK_BOOK = "--pst-color-text-base:#ced6dd;--pst-color-background:#14181e"
DARK_LAB = "--jp-ui-font-color1:#fff;--jp-layout-color1:#111"
DARK_CODE = "--vscode-foreground:#cccccc;--vscode-editor-background:#1f1f1f"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["", DARK_BOOK, DARK_LAB, DARK_CODE])
def test_contrast_in_light_and_dark(page, scheme, theme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    root = put(page, f'<div style="{theme}">{html()}</div>')
    assert min(root.evaluate(CONTRAST)) >= 4.5
    duration = root.locator(".smx-bar i").first.evaluate(
        "node => getComputedStyle(node).transitionDuration"
    )
    assert duration == "0s"


def test_labels_are_text_and_not_markup(page):
    label = "</script><b>&\u2028"
    root = put(page, html(labels=(label, "b", "c")))
    assert root.locator(".smx-live .smx-name").first.evaluate("n => n.textContent") == label
    assert root.locator("b").count() == 0


def test_repr_is_a_table():
    with language.using("en"):
        lines = repr(playground.show()).splitlines()
    assert len(lines) == 4
    assert f"{softmax([2.0, -1.0, 0.5])[0]:.4f}" in lines[1]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"logits": (1.0, 2.0)}, ValueError, "three to five"),
        ({"logits": [[1.0, 2.0, 3.0]]}, ValueError, r"\(1, 3\)"),
        ({"logits": (1.0, 2.0, np.inf)}, ValueError, "finite"),
        ({"logits": ("a", "b", "c")}, TypeError, "real numbers"),
        ({"temperature": 0.0}, ValueError, "0.001 to 1000"),
        ({"temperature": "1"}, TypeError, "temperature"),
        ({"target": 3}, ValueError, "from 0 to 2"),
        ({"target": 1.0}, TypeError, "target must be an integer from 0 to 2"),
        ({"labels": ("a",)}, ValueError, "labels must be a list of 3 texts, got 1"),
        ({"labels": "abc"}, TypeError, "labels must be a list of texts"),
        ({"labels": 3}, TypeError, "labels must be a list of texts"),
        ({"simple": 1}, TypeError, "simple must be True or False"),
    ],
)
def test_bad_arguments_are_named(arguments, error, words):
    with pytest.raises(error, match=words):
        playground.show(**arguments)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_used_and_present(lang):
    with language.using(lang):
        words = language.table("playground")
        shown_words = playground.show().words
    assert all(words.values())
    assert {*words, "times"} == shown_words.keys()
