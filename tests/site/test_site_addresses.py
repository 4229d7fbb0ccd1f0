"""Addresses that were published once go on working: links and bookmarks of readers use them."""

from pathlib import Path

import pytest
from built_pages import parsed

#: Pages and places of the first edition, one a line.
PUBLISHED = Path(__file__).with_name("first_edition_addresses.txt").read_text("utf-8").split()
FILES = sorted({address.partition("#")[0] for address in PUBLISHED})


def places(path: Path) -> set[str]:
    return {element["id"] for element in parsed(path).select("[id]")}


@pytest.mark.parametrize("file", FILES)
def test_a_page_and_its_places_are_there(site, file):
    assert (site / file).is_file(), "moved: leave a redirect"
    wanted = {a.partition("#")[2] for a in PUBLISHED if a.startswith(f"{file}#")}
    missing = wanted - places(site / file)
    assert not missing, "renamed: put <div id=…></div> where the matter stands now"
