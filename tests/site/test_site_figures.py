"""Figures on a phone: labels that can be read, a closer look at a tap, links without scripts."""

import io
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from built_pages import article, page_with
from pages import NOTEBOOKS, name
from project import FINISHED, LANGUAGES

#: In pixels, on a phone 360 wide.
SMALLEST_LABEL = 11

#: The figures of a page as the browser shows them: file, width on the screen.
SHOWN = """
async () => {
  const images = [...document.querySelectorAll("article .cell_output img")];
  for (const image of images) {
    for (let e = image.closest("details"); e; e = e.parentElement.closest("details")) e.open = true;
    image.loading = "eager";
    await image.decode();
  }
  return images.map((image) => [image.currentSrc, image.getBoundingClientRect().width]);
}
"""


def font_sizes(svg: str) -> list[float]:
    """Return the sizes of texts in Matplotlib's SVG: outlines at a hundredth of the size."""
    texts = re.split(r'<g id="text_\d+">', svg)[1:]
    scales = (re.search(r"scale\(([\d.]+) -[\d.]+\)", text) for text in texts)
    return [100 * float(scale[1]) for scale in scales if scale]


def drawing(site, address: str) -> Path:
    """Return the file that a notebook drew, from which the build made the one at an address."""
    return site.parent / "jupyter_execute" / address.rpartition("/")[2]


@pytest.mark.parametrize("code", FINISHED)
def test_labels_can_be_read_on_a_phone(site, site_url, browser, code):
    page = browser.new_page(viewport={"width": 360, "height": 800})
    count, wrong = 0, []
    for path in NOTEBOOKS:
        if path.parent.name != code or not article(site, path).select(".cell_output img"):
            continue
        page.goto(f"{site_url}book/{code}/{path.stem}.html")
        for address, width in page.evaluate(SHOWN):
            svg = drawing(site, address).read_text("utf-8")
            natural = float(re.search(r'<svg[^>]*? width="([\d.]+)pt"', svg)[1])
            label = min(font_sizes(svg)) * width / natural
            count += 1
            if label < SMALLEST_LABEL:
                wrong.append(f"{path.stem}: {label:.1f} px in {address}")
    page.close()
    assert count > 20
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_figure_has_a_variant_for_phones_and_a_link_to_its_file(site, path):
    for image in article(site, path).select(".cell_output img"):
        link = image.find_parent("a", class_="polyglot-figure")
        assert link["href"] == image["src"]
        assert link["title"]
        narrow = image.find_previous_sibling("source")["srcset"]
        assert narrow != image["src"]
        for file in (narrow, image["src"]):
            assert (site / "book" / path.parent.name / file).resolve().is_file()


@pytest.mark.parametrize("code", FINISHED)
def test_a_figure_opens_large_and_closes_by_keys_and_by_a_tap(site, site_url, browser, code):
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(site_url + page_with(site, code, ".polyglot-figure"))
    link, dialog = page.locator(".polyglot-figure").first, page.locator("dialog.polyglot-zoom")
    address = page.url
    link.press("Enter")
    assert dialog.is_visible()
    picture = dialog.locator("img")
    assert picture.get_attribute("src") == link.evaluate("(link) => link.href")
    assert picture.get_attribute("alt") == link.locator("img").get_attribute("alt")
    # Wider than the screen: it scrolls.
    assert dialog.evaluate("(e) => e.scrollWidth > e.clientWidth")
    assert picture.evaluate("(e) => e.getBoundingClientRect().width") > 600
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert link.evaluate("(link) => link === document.activeElement")
    link.click()
    dialog.locator("button").click()
    assert not dialog.is_visible()
    assert page.url == address
    page.close()


def test_without_scripts_a_figure_is_a_link(site, site_url, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site_url + page_with(site, next(iter(LANGUAGES)), ".polyglot-figure"))
    page.locator(".polyglot-figure").first.click()
    page.wait_for_url("**/_images/*.svg")
    context.close()


@pytest.mark.parametrize("code", FINISHED)
def test_figures_are_written_shorter_and_look_the_same(site, browser, tmp_path, code):
    images = [
        address
        for path in NOTEBOOKS
        if path.parent.name == code
        for image in article(site, path).select(".cell_output .polyglot-figure img")
        for address in (image["src"], image.find_previous_sibling("source")["srcset"])
    ]
    files = {drawing(site, address): site / "_images" / Path(address).name for address in images}
    assert len(files) > 40
    sizes = np.array([(file.stat().st_size, drawn.stat().st_size) for drawn, file in files.items()])
    assert (sizes[:, 0] < 0.95 * sizes[:, 1]).all()
    assert sizes[:, 0].sum() < 0.75 * sizes[:, 1].sum()

    page, shown = browser.new_page(viewport={"width": 700, "height": 700}), tmp_path / "page.html"
    largest = sorted(files, key=lambda path: path.stat().st_size)[-4:]
    for drawn in largest:
        seen = []
        for file in (drawn, files[drawn]):
            # In a box of one size, as in a page: alone they may differ by a pixel in height.
            shown.write_text(f'<img src="{file.as_uri()}" width="640" height="640">')
            page.goto(shown.as_uri())
            seen.append(plt.imread(io.BytesIO(page.screenshot())))
        difference = np.abs(seen[0] - seen[1]).max(axis=-1)
        # A hundredth of a point shifts the grey of an edge a little, and moves nothing.
        assert seen[0].std() > 0.05
        assert difference.max() < 0.25, drawn
        assert difference.mean() < 1e-3, drawn
    page.close()
