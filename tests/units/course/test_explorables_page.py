"""What every explorable needs of a page: one screen of a phone, paper, no scripts, names, size."""

import pytest
from explorable_pages import CALLS, PAGE, html, put

from softmax_course.teaching import _widget, explorables, language
from softmax_course.teaching.explorables._explorable import CORE

LANGUAGES = language.available()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CALLS)
def test_one_screen_of_a_phone_and_nothing_wider(page, name, lang):
    page.set_viewport_size({"width": 360, "height": 640})
    root = put(page, name, lang, seen=False)
    for _ in range(2):
        assert root.bounding_box()["height"] <= 640
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        # The boxes to tick are hit by their labels too.
        small = root.evaluate(
            """(root, ticks) =>
              [...root.querySelectorAll("button, input, .smx-target")].filter((node) => {
                const box = node.getBoundingClientRect();
                return box.width && (box.width < 24 || box.height < 24)
                    && !(ticks && node.type === "checkbox" && node.labels[0].offsetHeight >= 24);
            }).map((node) => node.outerHTML)""",
            name == "attention",
        )
        assert small == []
        if root.locator(".smx-skip").count():
            root.locator(".smx-skip").click()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CALLS)
def test_without_scripts_a_picture_and_a_table_stand_there(browser, name, lang):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.set_content(PAGE.format(html(name, lang)))
    assert page.get_by_role("img").get_attribute("aria-label")
    with language.using(lang):
        widget = CALLS[name]()
    cells = page.locator("td").all_inner_texts()
    assert cells == [cell for _, *row in widget.rows for cell in row]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


@pytest.mark.parametrize("name", CALLS)
def test_on_paper_the_start_stands_there(page, name):
    root = put(page, name)
    page.emulate_media(media="print")
    assert root.locator(".smx-still").is_visible()
    assert root.locator(".smx-live").is_hidden()


@pytest.mark.parametrize("name", CALLS)
def test_every_control_has_a_name_and_nothing_has_an_id(page, name):
    root = put(page, name)
    nameless = root.evaluate(
        """root => [...root.querySelectorAll("input, button, [role=slider], [role=img]")].filter(
            n => !(n.getAttribute("aria-label") || n.labels?.[0]?.textContent.trim()
                || n.textContent.trim())
        ).map(n => n.outerHTML)"""
    )
    assert nameless == []
    assert root.locator("[id]").count() == 0


@pytest.mark.parametrize("name", explorables.__all__)
def test_scripts_are_small(name):
    # Readers get them without comments; the bound is that of the issue, for the file as it is.
    assert len((_widget._ASSETS / f"{name}.js").read_bytes()) <= 10_000
    if name != "simplex":
        assert len(_widget.asset(f"{name}.js").encode()) <= 8_000
    assert sum(len(_widget.asset(file).encode()) for file in CORE if file.endswith(".js")) <= 8_000
