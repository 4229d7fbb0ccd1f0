"""Noise, formats of numbers, one pass, attention: what readers do, by mouse, finger and keys."""

import numpy as np
import pytest
from explorable_pages import PAGE, html, put, said

import softmax_course as course
from softmax_course.teaching import _widget, explorables, language
from softmax_course.teaching.explorables.online import NUMBERS

LANGUAGES = language.available()
NAMES = ("gumbel", "overflow", "online", "attention")


def insight(root):
    return root.locator(".smx-controls .smx-insight").inner_text()


@pytest.fixture
def phone(browser):
    """Return an empty page of a phone that is touched."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True)
    yield context.new_page()
    context.close()


def slide(page, locator, dx, dy):
    """Move a finger from the middle of an element."""
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, t in (("Start", 0), *(("Move", k / 6) for k in range(1, 7)), ("End", None)):
        points = [] if t is None else [{"x": x + t * dx, "y": y + t * dy}]
        session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


@pytest.mark.parametrize("name", NAMES)
def test_a_guess_is_judged_and_then_controls_are_there(page, name):
    right = {"attention": 0}.get(name, 1)
    for i in range(3):
        root = put(page, name, seen=False)
        assert root.locator(".smx-controls").is_hidden()
        root.locator(".smx-guess .smx-buttons").get_by_role("button").nth(i).click()
        reply = root.locator(".smx-guess").inner_text()
        with language.using("en"):
            word = language.text("explorables.right" if i == right else "explorables.wrong")
        assert word in reply
        assert root.locator(".smx-controls").is_visible()
        # The button in focus is gone; the sentence that took its place is in focus and read out.
        assert root.locator(".smx-guess .smx-insight").evaluate(
            "node => node === document.activeElement"
        )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_read_out_before_something_is_done(page, name):
    root = put(page, name, seen=False)
    assert said(page, root) == ""
    root.locator(".smx-skip").click()
    assert said(page, root)


@pytest.mark.parametrize("name", NAMES)
def test_two_on_a_page_do_not_disturb_each_other(page, name):
    same = html(name)
    assert " id=" not in same
    assert "http://www.w3.org/2000/svg" not in same.replace(_widget.asset("explorable.js"), "")
    page.emulate_media(reduced_motion="reduce")
    page.set_content(PAGE.format(same + same))
    roots = page.locator(f".smx-{name}")
    roots.nth(1).locator(".smx-live").wait_for()
    before = roots.nth(1).inner_text()
    roots.nth(0).locator(".smx-skip").click()
    assert roots.nth(0).locator(".smx-controls").is_visible()
    assert roots.nth(1).inner_text() == before


def test_races_are_counted_and_read_out(page):
    root = put(page, "gumbel")
    for n, total in (("1 race", "101"), ("100 races", "201"), ("10 000 races", "10\u202f201")):
        root.get_by_role("button", name=n, exact=True).click()
        assert f"Races: {total}." in root.locator(".smx-controls").inner_text()
    text = said(page, root)
    probs = course.softmax([2.0, 1.0, -1.0])
    assert all(f"{p:.4f}" in text for p in probs)
    frequencies = [float(t.split()[-1].rstrip(".")) for t in text.split("p")[1:] if "Freq" in t]
    # Four standard deviations, and half a unit of the last digit shown.
    bound = 4 * np.sqrt(probs * (1 - probs) / 10201) + 5e-5
    assert (abs(np.array(frequencies) - probs) <= bound).all()


def test_logits_of_a_race_are_moved(page):
    root = put(page, "gumbel")
    handles = root.get_by_role("slider")
    assert handles.count() == 3
    first = handles.first
    first.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    p = course.softmax([1.4, 1.0, -1.0])[0]
    assert first.get_attribute("aria-valuetext") == f"z = 1.4, p = {p:.4f}"
    for _ in range(20):
        page.keyboard.press("Shift+ArrowRight")
    assert first.get_attribute("aria-valuetext").startswith("z = 5.0")
    assert "Races: 100." in root.locator(".smx-controls").inner_text()


def test_a_finger_moves_a_logit_of_the_race(phone):
    root = put(phone, "gumbel")
    handle = root.get_by_role("slider").nth(1)
    slide(phone, handle, 60, 0)
    assert float(handle.get_attribute("aria-valuenow")) >= 2.0
    others = [root.get_by_role("slider").nth(i).get_attribute("aria-valuenow") for i in (0, 2)]
    assert others == ["2", "-1"]


@pytest.mark.parametrize(
    ("format_", "z", "start"),
    [
        ("float16", "5", "Both formulas are right"),
        ("float16", "11", "Every exp(z) is finite"),
        ("float16", "11.5", "exp(z₁) = ∞"),
        ("float16", "-15", "So close to 0"),
        ("float16", "30.13", "Near 30 the numbers of this format are 0.015625 apart"),
        ("float32", "-120", "Every exp(z) has become 0"),
        ("bfloat16", "300", "Near 300 the numbers of this format are 2 apart"),
        ("float64", "709.7", "Every exp(z) is finite"),
        ("float64", "700", "Both formulas are right"),
    ],
)
def test_the_dial_says_what_becomes_of_the_formulas(page, format_, z, start):
    root = put(page, "overflow")
    root.get_by_role("radio", name=format_, exact=True).check()
    root.get_by_label("logit z₁", exact=True).fill(z)
    assert insight(root).replace("\xa0", " ").startswith(start)


def test_bits_and_numbers_follow_the_dial(page):
    root = put(page, "overflow")
    root.get_by_label("logit z₁", exact=True).fill("0")
    strips = root.get_by_role("img")
    assert "0 01111 0000000000" in strips.nth(0).get_attribute("aria-label")
    assert "0 01111111 0000000" in strips.nth(1).get_attribute("aria-label")
    slider = root.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    assert float(slider.get_attribute("aria-valuetext")) >= 800
    field = root.get_by_label("logit z₁", exact=True)
    field.fill("1e9")
    assert field.get_attribute("aria-invalid") == "true"
    assert "10000" in root.get_by_role("alert").inner_text()
    root.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    assert said(page, root).startswith("bfloat16")


def test_the_answer_of_the_dial_is_not_there_before_it_is_asked(page):
    root = put(page, "overflow", seen=False)
    assert "88.8" not in root.locator("form").inner_text().replace("float32\n98716\n88.8", "")
    root.locator(".smx-skip").click()
    assert root.locator("form").inner_text().count("88.8") == 2


def test_numbers_are_read_one_by_one_and_in_halves(page):
    root = put(page, "online")
    assert "4 / 8" in root.inner_text()
    for k in range(5, 9):
        root.get_by_role("button", name="Next").click()
        state = course.OnlineLogSumExp([z] for z in NUMBERS[:k])
        lines = root.locator(".smx-controls > .smx-numbers").inner_text()
        assert f"m = {state.maximum:g}" in lines
        assert f"= {state.total:.4f}" in lines
    # The button is out of use: focus is with its neighbour.
    assert root.get_by_role("slider").last.evaluate("node => node === document.activeElement") or (
        page.evaluate("document.activeElement.type") == "range"
    )
    page.keyboard.press("Home")
    assert "Nothing is read yet" in insight(root)
    root.get_by_role("radio", name="Two halves").check()
    for cut in (4, 5):
        lines = root.locator(".smx-controls > .smx-numbers").inner_text()
        for part in (NUMBERS[:cut], NUMBERS[cut:], NUMBERS):
            assert f"{course.OnlineLogSumExp([z] for z in part).total:.4f}" in lines
        root.locator("input[type=range]:visible").focus()
        page.keyboard.press("ArrowRight")
    assert "together" in said(page, root)


def test_a_finger_moves_a_number(phone):
    root = put(phone, "online")
    handle = root.get_by_role("slider", name="number 1", exact=True)
    slide(phone, handle, 0, -40)
    assert float(handle.get_attribute("aria-valuenow")) >= 3
    assert (
        root.get_by_role("slider", name="number 2", exact=True).get_attribute("aria-valuenow")
        == "3"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_look_at_words(page, lang):
    root = put(page, "attention", lang)
    with language.using(lang):
        names = language.table("explorables.attention")["words"]
        widget = explorables.attention()
    q, k, v = (np.array(widget.data[name]) for name in "qkv")
    assert root.get_by_role("checkbox").first.is_checked()
    for is_causal in (False, True):
        root.get_by_role("checkbox").last.set_checked(is_causal)
        mask = course.causal_mask(len(names)) if is_causal else None
        output, weights = course.attention(q, k, v, mask=mask)
        for i, name in enumerate(names):
            root.get_by_role("radio", name=name, exact=True).check()
            label = root.get_by_role("img").get_attribute("aria-label")
            assert all(f"{w:.4f}" in label for w in weights[i] if w)
            mean = root.locator(".smx-controls > .smx-numbers").inner_text().replace("−", "-")
            shown = [float(x) for x in mean[mean.index("(") + 1 : -1].split(", ")]
            assert shown == pytest.approx(output[i].tolist(), abs=0.00501)  # two decimals
