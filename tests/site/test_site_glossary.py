"""The glossary as a reader uses it: letters, filter, terms that open; all of it without scripts."""

import pytest
from project import FINISHED, TRAITS
from waiting import wait_for

GLOSSARY = "book/{}/glossary.html"


@pytest.fixture(scope="module")
def reader(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def terms(page):
    return page.locator("dl.polyglot-glossary > dt:visible")


def opened(page) -> list[str]:
    """Return the keys of the terms whose definitions are seen."""
    return page.eval_on_selector_all(
        "dl.polyglot-glossary > dd",
        """(definitions) => definitions
          .filter((each) => each.checkVisibility({contentVisibilityAuto: true}) &&
            each.firstElementChild.checkVisibility())
          .map((each) => each.previousElementSibling.id)""",
    )


@pytest.mark.parametrize("code", FINISHED)
def test_it_is_short_until_a_term_is_opened(site_url, reader, code):
    reader.goto(site_url + GLOSSARY.format(code))
    count = terms(reader).count()
    assert count > 50
    assert opened(reader) == []
    height = reader.evaluate("document.querySelector('article').scrollHeight")
    # A row for each term, and the filter with its letters above them.
    assert height < 1000 + 45 * count
    button = terms(reader).nth(5).locator("button")
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    assert len(opened(reader)) == 1
    button.click()
    assert opened(reader) == []
    reader.locator(".polyglot-glossary-filter button").click()
    assert len(opened(reader)) == count


@pytest.mark.parametrize("code", FINISHED)
def test_the_filter_finds_by_term_by_other_name_and_in_english(site_url, reader, code):
    reader.goto(site_url + GLOSSARY.format(code))
    field = reader.locator(".polyglot-glossary-filter input")
    status = reader.locator(".polyglot-glossary-filter [role=status]")
    own = terms(reader).nth(7)
    key, name = own.get_attribute("id"), own.locator("button").inner_text().split(" · ")[0]
    for query in (name.upper(), "logit"):
        field.fill(query)
        found = terms(reader).count()
        assert 0 < found < 20
        assert str(found) in status.inner_text()
        assert opened(reader) == [term.get_attribute("id") for term in terms(reader).all()]
        assert (key if query != "logit" else "logit") in opened(reader)
    field.fill(TRAITS[code]["absent"][0])
    assert terms(reader).count() == 0
    assert status.inner_text()
    field.fill("")
    assert terms(reader).count() > 50
    assert status.inner_text() == ""


@pytest.mark.parametrize("code", FINISHED)
def test_a_link_opens_its_term_even_if_it_is_filtered_out(site_url, reader, code):
    reader.goto(site_url + GLOSSARY.format(code) + "#temperature")
    assert opened(reader) == ["temperature"]
    assert terms(reader).locator("xpath=self::*[@id='temperature']").is_visible()
    reader.locator(".polyglot-glossary-filter input").fill(TRAITS[code]["absent"][0])
    reader.evaluate("location.hash = '#logit'")
    wait_for(reader, "!document.querySelector('#logit').hidden")
    assert "logit" in opened(reader)
    box = reader.locator("#logit").bounding_box()
    assert 0 <= box["y"] < 900


@pytest.mark.parametrize("code", FINISHED)
def test_letters_lead_to_their_terms(site_url, reader, code):
    reader.goto(site_url + GLOSSARY.format(code))
    links = reader.locator(".polyglot-glossary-letters a")
    letters = links.all_inner_texts()
    assert len(letters) == len(set(letters)) > 10
    links.last.click()
    last = reader.locator(links.last.get_attribute("href"))
    assert last.locator(".polyglot-glossary-initial").inner_text() == letters[-1]
    assert 0 <= last.bounding_box()["y"] < 900


@pytest.mark.parametrize("code", FINISHED)
def test_without_scripts_and_on_paper_all_is_there(site_url, browser, reader, code):
    reader.goto(site_url + GLOSSARY.format(code))
    count = terms(reader).count()
    reader.locator(".polyglot-glossary-filter input").fill(TRAITS[code]["absent"][0])
    reader.emulate_media(media="print")
    assert terms(reader).count() == len(opened(reader)) == count
    reader.emulate_media(media="screen")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site_url + GLOSSARY.format(code))
    assert page.locator("dl.polyglot-glossary > dd:visible").count() == count
    assert not page.locator(".polyglot-glossary-filter").is_visible()
    context.close()
