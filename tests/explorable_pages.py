"""Explorables on a page of their own, for tests in a browser."""

from softmax_course.teaching import explorables, language

#: By name, every explorable; one that begins in two ways is there twice.
CALLS = {
    "simplex": explorables.simplex,
    "descent": lambda: explorables.simplex("descent"),
    "next_token": explorables.next_token,
    "gumbel": explorables.gumbel,
    "overflow": explorables.overflow,
    "online": explorables.online,
    "attention": explorables.attention,
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width">
<style>:root{{color-scheme:light dark}}body{{margin:0}}</style><body>{}</body></html>"""


def html(name, lang="en"):
    with language.using(lang):
        return CALLS[name]()._repr_html_()


def put(page, name, lang="en", *, seen=True):
    """Show an explorable; unless told otherwise its question is passed over."""
    page.emulate_media(reduced_motion="reduce")
    page.set_content(PAGE.format(html(name, lang)))
    page.wait_for_selector(".smx-live")
    root = page.locator(".smx")
    if seen:
        root.locator(".smx-skip").click()
    return root


def said(page, root):
    """Return what screen readers are told once movement has rested."""
    page.wait_for_timeout(700)
    return root.get_by_role("status").inner_text()
