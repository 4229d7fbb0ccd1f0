"""Run by `live_cells` before the first cell of a page: figures get their style when they are drawn.

`language.use` loads Matplotlib, whose files a page loads only when a cell draws.
"""

import sys

from _live import when_imported


def defer_style(language):
    """Let `language.use` select words at once, and fonts when Matplotlib has been loaded."""
    from softmax_course.teaching import display, words

    def use(code):
        words.select(code)
        display.register()
        if "softmax_course.teaching.plotting" in sys.modules:
            select_style(sys.modules["softmax_course.teaching.plotting"])

    use.__doc__ = language.use.__doc__
    language.use = use


def select_style(plotting):
    """Draw with the fonts of the language in use."""
    from softmax_course.teaching import words

    plotting.select_style(words.current())
    plotting.draw_svg_in_notebooks()


def style_pyplot(pyplot):
    """Give a reader's own figures the style of the course."""
    import softmax_course.teaching.plotting  # noqa: F401


when_imported("softmax_course.teaching.language", defer_style)
when_imported("softmax_course.teaching.plotting", select_style)
when_imported("matplotlib.pyplot", style_pyplot)
