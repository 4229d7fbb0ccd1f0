"""The search dialog, driven as a reader does: what is typed, what is found."""

from typing import Any

#: Types queries one after the other; of each, the pages found, best first: address, marked words.
_TYPE = """
async (queries) => {
  const dialog = document.getElementById("polyglot-search");
  const input = dialog.querySelector("input");
  const status = dialog.querySelector(".polyglot-search__status");
  const said = () => status.textContent && status.textContent !== dialog.dataset.loading;
  const found = [];
  for (const query of queries) {
    status.textContent = "";
    input.value = query;
    input.dispatchEvent(new Event("input"));
    while (!said()) await new Promise((done) => setTimeout(done, 10));
    const pages = [...dialog.querySelectorAll(".polyglot-search__page")];
    found.push(pages.map((page) => ({
      address: page.querySelector(":scope > a").href,
      marks: [...page.querySelectorAll("mark")].map((mark) => mark.textContent),
    })));
  }
  return found;
}
"""


def search_for(page: Any, queries: list[str]) -> list[list[dict[str, Any]]]:
    """Type queries into the open dialog; return for each the pages found, best first."""
    return page.evaluate(_TYPE, queries)
