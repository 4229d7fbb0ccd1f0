"""Every figure in every language: its numbers, its letters, its errors."""

import itertools
import json
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from softmax_course.numerics.calibration import expected_calibration_error, reliability_curve
from softmax_course.numerics.derivatives import cross_entropy_grad, softmax_jacobian
from softmax_course.numerics.functional import sigmoid, softmax
from softmax_course.numerics.losses import cross_entropy, entropy
from softmax_course.numerics.sparsemax import sparsemax
from softmax_course.teaching import figures, language, plotting
from softmax_course.teaching.figures import _common
from softmax_course.verification.step_size import step_size_errors

Z = [2.0, -1.0, 0.5]


def token():
    """Return a short word of the language in use."""
    return language.table("explorables.simplex")["classes"][0]


RANDOM = np.random.default_rng(7)
PROBS = softmax(RANDOM.normal(size=(400, 4)) * 2)
TARGET = (RANDOM.random((400, 1)) > PROBS.cumsum(axis=1)).sum(axis=1).clip(max=3)

#: What pages give to figures, at its real length; languages without a line here draw the English.
SENTENCES = {
    "ru": "новая книга в старой библиотеке лежала на столе .",
    "bn": "আমি প্রতিদিন বাড়িতে বন্ধুর সঙ্গে গরম চা খাই ।",
    "zh": "昨天 他 在 图书馆 借 了 一 本 很 旧 的 书 。",
    "en": "the keys to the old cabinet are on the table .",
}
MODELS = {
    "ru": ["биграммы", "без внимания", "одна голова внимания"],
    "bn": ["বাইগ্রাম", "অ্যাটেনশন ছাড়া", "একটি অ্যাটেনশন হেড"],
    "zh": ["二元模型", "无注意力", "一个注意力头"],
    "en": ["bigram", "no attention", "one attention head"],
}
# Many rules lie near each other at the top: grammatical, not very different.
RULES = {
    "greedy": (0.02, 1.0),
    "beam 4": (0.05, 1.0),
    "T = 0.5": (0.35, 0.99),
    "top-k 3": (0.42, 0.985),
    "top-p 0.5": (0.45, 0.99),
    "top-k 10": (0.7, 0.975),
    "min-p 0.1": (0.72, 0.985),
    "top-p 0.9": (0.74, 0.98),
    "T = 1": (0.8, 0.97),
    "T = 2": (0.97, 0.31),
}
MAZE = ["S.#.....", "...#..#.", ".#....#G"]
VALUES = np.where(
    np.array([list(row) for row in MAZE]) == "#", np.nan, -np.arange(24.0).reshape(3, 8)
)
MOVES = np.broadcast_to([0.5, 0.25, 0.25, 0.0], (3, 8, 4))


def prefix_costs():
    tokens = SENTENCES.get(language.current(), SENTENCES["en"]).split()
    costs = np.linspace(0.2, 2.0, len(tokens))
    return figures.prefix_costs(tokens, costs, costs[::-1] / 4)


def attention_weights():
    return figures.attention_weights([[1.0, 0.0], [0.25, 0.75]], [token(), "2"])


DRAW = {
    "softmax_steps": lambda: figures.softmax_steps(Z),
    "softmax_steps, T": lambda: figures.softmax_steps(Z, temperature=2.0),
    "temperature_sweep": lambda: figures.temperature_sweep(Z),
    "probability_curves": lambda: figures.probability_curves(Z, 1),
    "entropy_of_temperature": lambda: figures.entropy_of_temperature(Z),
    "simplex": lambda: figures.simplex(Z),
    "simplex, loss": lambda: figures.simplex(target=0),
    "sigmoid_vs_softmax": lambda: figures.sigmoid_vs_softmax(Z),
    "sparsemax_vs_softmax": lambda: figures.sparsemax_vs_softmax(),
    "jacobian_heatmap": lambda: figures.jacobian_heatmap(Z),
    "gradient_arrows": lambda: figures.gradient_arrows(Z, 2),
    "loss_along_logit": lambda: figures.loss_along_logit(Z, 2),
    "overflow_map": lambda: figures.overflow_map(),
    "difference_error": lambda: figures.difference_error(Z),
    "loss_history": lambda: figures.loss_history([2.3, 1.1, 0.7, 0.6], classes=10),
    "reliability_diagram": lambda: figures.reliability_diagram(PROBS, TARGET),
    "confusion_matrix": lambda: figures.confusion_matrix(TARGET, PROBS.argmax(axis=1)),
    "digits": lambda: figures.digits(RANDOM.random((3, 8, 8)), TARGET[:3], PROBS[:3]),
    "weights": lambda: figures.weights(RANDOM.normal(size=(10, 64))),
    "attention_weights": attention_weights,
    "focal_loss_curves": lambda: figures.focal_loss_curves(),
    "margin_losses": lambda: figures.margin_losses(),
    "red_blue_bus": lambda: figures.red_blue_bus(),
    "covariance_regions": lambda: figures.covariance_regions(),
    "divergence_history": lambda: figures.divergence_history(
        {token(): {0: 4.4, 50: 0.7, 100: 0.2, 2000: 0.003}}, {"2": 0.18}
    ),
    "conformal_coverage": lambda: figures.conformal_coverage([0.87, 0.9, 0.91, 0.95], 0.1),
    "attention_saturation": lambda: figures.attention_saturation(
        2 ** np.arange(2, 11), np.zeros(9), np.linspace(0, 0.8, 9)
    ),
    "bias_of_samples": lambda: figures.bias_of_samples(
        4 ** np.arange(1, 7), np.linspace(-7, -1, 6), np.linspace(-1, 0, 6)
    ),
    "entropy_and_gaps": lambda: figures.entropy_and_gaps(
        1.772, [2.418, 0.218, 0.003], MODELS.get(language.current(), MODELS["en"])
    ),
    "maze": lambda: figures.maze(MAZE, VALUES, MOVES),
    "maze, values": lambda: figures.maze(MAZE, VALUES),
    "maze, moves": lambda: figures.maze(MAZE, policy=MOVES),
    "prefix_costs": prefix_costs,
    "quality_diversity": lambda: figures.quality_diversity(list(RULES.values()), list(RULES)),
    "rank_error": lambda: figures.rank_error([1, 2, 4, 8], [1.9, 1.2, 0.5, 0.0]),
    "reward_and_divergence": lambda: figures.reward_and_divergence(
        [0.0, 0.3, 1.2], [0.4, 0.8, 1.0], (0.3, 0.8)
    ),
    "reward_history": lambda: figures.reward_history(
        {"b = 0": [[0.1, 0.5, 0.8], [0.2, 0.4, 0.9]], "b*": [[0.1, 0.6, 0.9]]}, limit=1.0
    ),
    "conformal_coverage, below": lambda: figures.conformal_coverage([0.87, 0.9, 0.89], 0.1),
}


@pytest.fixture(autouse=True)
def _english():
    with language.using("en"):
        yield


def numbers(axis):
    """Return the numbers written in an axes, as numbers."""
    written = [artist.get_text().replace("−", "-") for artist in axis.texts]
    return [float(words) for words in written if words.strip("+-0123456789.e") == "" and words]


def test_every_figure_of_the_module_is_drawn_here():
    assert {name.partition(",")[0] for name in DRAW} == set(figures.__all__) - {
        "PALETTE",
        "grid_triangulation",
    }


@dataclass(frozen=True)
class Drawn:
    """A figure as notebooks show it, with the texts that a reader sees and their places."""

    figure: Figure
    svg: str
    texts: list[tuple[str, Bbox]]


@pytest.fixture(scope="module", params=itertools.product(language.available(), DRAW), ids=", ".join)
def drawn(request) -> dict[str, Drawn]:
    """Draw a figure in a language once, wide and narrow."""
    code, name = request.param
    variants = {}
    with language.using(code):
        wide = DRAW[name]()
        for variant, figure in (("wide", wide), ("narrow", plotting.narrow_variant(wide))):
            texts = [(t.get_text(), t.get_window_extent()) for t in drawn_texts(figure)]
            variants[variant] = Drawn(figure, plotting.as_svg(figure), texts)
    return variants


@pytest.mark.slow
def test_each_figure_in_each_language(drawn):
    for variant in drawn.values():
        assert variant.svg.rstrip().endswith("</svg>")
        words = [artist.get_text() for artist in variant.figure.findobj(Text)]
        assert not [line for line in words if "$" in line]
        assert not [line for line in words if "{" in line], "a value was not filled in"


#: Of a phone 360 pixels wide, what pages leave to an article.
PHONE = 328


@pytest.mark.slow
def test_labels_of_the_narrow_variant_can_be_read_on_a_phone(drawn):
    narrow = drawn["narrow"]
    width = float(re.search(r'<svg[^>]* width="([\d.]+)pt"', narrow.svg)[1])
    smallest = min((artist.get_fontsize() for artist in drawn_texts(narrow.figure)), default=np.inf)
    assert smallest / width * PHONE >= 11


def test_notebooks_offer_every_figure_for_phones_too():
    script = textwrap.dedent(
        """
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        import matplotlib.pyplot as plt
        from softmax_course import figures, language
        language.use("zh")
        own, _ = plt.subplots(figsize=(6.2, 3))
        for figure in (figures.softmax_steps([2.0, -1.0, 0.5]), own):
            data, _ = shell.display_formatter.format(figure)
            print(*sorted(data), sep=", ")
            for kind in ("image/svg+xml", "application/vnd.narrow.svg+xml"):
                print(data[kind].partition('viewBox="0 0 ')[2].split(" ")[0])
        """
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert len(lines) == 6
    for kinds, wide, narrow in (lines[:3], lines[3:]):
        assert kinds == "application/vnd.narrow.svg+xml, image/svg+xml, text/plain"
        assert float(wide) > 6 * 72 > 4.4 * 72 > float(narrow)


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["wide", "narrow"])
def test_texts_keep_apart(drawn, variant):
    texts = drawn[variant].texts
    for (first, one), (second, other) in itertools.combinations(texts, 2):
        # A line's box has room above and below its letters, half of it in Bengali's.
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        down = min(one.y1, other.y1) - max(one.y0, other.y0)
        loose = 0.4 * min(one.height, other.height)
        assert across < 2 or down < loose, f"{first!r} and {second!r} overlap"


def drawn_texts(figure):
    """Find the texts a reader sees: Matplotlib keeps the labels of ticks it does not show."""
    hidden = set()
    for panel in figure.axes:
        for axis, limits in ((panel.xaxis, panel.get_xlim()), (panel.yaxis, panel.get_ylim())):
            low, high = sorted(limits)
            shown = [t for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
            for tick in [*axis.majorTicks, *axis.minorTicks]:
                if tick not in shown or not panel.axison:
                    hidden.update((tick.label1, tick.label2))
            if not panel.axison:
                hidden.add(axis.label)
    texts = [artist for artist in figure.findobj(Text) if artist not in hidden]
    return [artist for artist in texts if artist.get_visible() and artist.get_text().strip()]


@pytest.mark.slow
def test_no_system_font_is_needed(tmp_path):
    """Draw in a fresh interpreter that finds no fonts but Matplotlib's and the pip packages'.

    Every word of the figures is looked up, and one figure is drawn and saved: the others add signs
    of the fallback font only, and are drawn in each language by the tests above.
    """
    script = textwrap.dedent(
        """
        import json, sys, warnings
        import matplotlib as mpl
        from matplotlib import font_manager
        from matplotlib.figure import Figure
        warnings.simplefilter("error")
        known = font_manager.fontManager.ttflist
        known[:] = [entry for entry in known if "mpl-data" in entry.fname]
        from softmax_course.teaching import figures, language, plotting
        used = set()
        for code in language.available():
            language.use(code)
            words = Figure()
            words.text(0, 0, json.dumps(language.table("figures"), ensure_ascii=False))
            plotting.check_glyphs(words)
            figures.softmax_steps([2.0, -1.0, 0.5]).savefig(sys.argv[1])
            for family in mpl.rcParams["font.family"]:
                used.add(font_manager.findfont(family, fallback_to_default=False))
        print(json.dumps(sorted(used)))
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "figure.svg")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "findfont" not in run.stderr
    fonts = json.loads(run.stdout)
    assert len(fonts) >= 4, "Matplotlib's own and one for each script"
    assert all("site-packages" in path or "mpl-data" in path for path in fonts)


# The numbers


def test_bars_carry_the_module_s_numbers():
    scores, powers, probs = figures.softmax_steps(Z).axes
    for axis, expected in ((scores, Z), (powers, np.exp(Z)), (probs, softmax(Z))):
        np.testing.assert_array_equal([bar.get_width() for bar in axis.patches], expected)
    assert numbers(probs) == [0.786, 0.039, 0.175]
    assert powers.get_xlabel() == "Σ = 9.41"


def test_bars_at_a_temperature():
    axes = figures.temperature_sweep(Z, [0.25, 1.0, 4.0]).axes
    for axis, temperature in zip(axes, (0.25, 1.0, 4.0), strict=True):
        drawn = [bar.get_width() for bar in axis.patches]
        np.testing.assert_array_equal(drawn, softmax(Z, temperature=temperature))
    scaled = figures.softmax_steps(Z, temperature=2.0).axes[2]
    drawn = [bar.get_width() for bar in scaled.patches]
    np.testing.assert_array_equal(drawn, softmax(Z, temperature=2.0))


def test_curves_of_probabilities():
    axis = figures.probability_curves(Z, 1, span=3.0).axes[0]
    where = axis.lines[0].get_xdata()
    assert (where[0], where[-1]) == (-4.0, 2.0)
    rows = np.array([[Z[0], x, Z[2]] for x in where])
    drawn = np.array([line.get_ydata() for line in axis.lines[:3]]).T
    np.testing.assert_array_equal(drawn, softmax(rows))


def test_entropy_between_its_limits():
    axis = figures.entropy_of_temperature(Z).axes[0]
    ceiling, curve, here = axis.lines
    assert ceiling.get_ydata()[0] == np.log(3)
    assert (np.diff(curve.get_ydata()) > 0).all()
    assert here.get_ydata() == [entropy(softmax(Z))]


def test_the_path_in_the_simplex_passes_through_softmax():
    axis = figures.simplex(Z, temperatures=[1.0]).axes[0]
    corners = np.array([[0, 0], [1, 0], [0.5, np.sqrt(0.75)]])
    marked = [line.get_xydata()[0] for line in axis.lines if len(line.get_xydata()) == 1]
    np.testing.assert_array_equal(marked, [softmax(Z) @ corners, corners.mean(axis=0)])


def test_sigmoid_beside_softmax():
    left, right = figures.sigmoid_vs_softmax(Z).axes
    np.testing.assert_array_equal([bar.get_width() for bar in left.patches], sigmoid(np.array(Z)))
    np.testing.assert_array_equal([bar.get_width() for bar in right.patches], softmax(Z))


def test_sparsemax_reaches_zero_and_one():
    lines = figures.sparsemax_vs_softmax().axes[0].lines
    where, drawn = lines[3].get_data()
    rows = np.stack([where, 0 * where], axis=1)
    np.testing.assert_array_equal(drawn, sparsemax(rows)[:, 0])
    assert (drawn[where >= 1] == 1).all()
    assert (drawn[where <= -1] == 0).all()
    assert (np.abs(lines[2].get_ydata() - 0.5) < 0.5).all()


def test_cells_of_the_jacobian():
    axis = figures.jacobian_heatmap(Z).axes[0]
    expected = softmax_jacobian(Z)
    np.testing.assert_array_equal(axis.collections[0].get_array().reshape(3, 3), expected)
    # Written with three decimals, so half a unit of the third at most is lost.
    np.testing.assert_allclose(numbers(axis), expected.ravel(), rtol=0, atol=0.5e-3 + 1e-15)


def test_arrows_lead_from_probability_to_target():
    axis = figures.gradient_arrows(Z, 2).axes[0]
    expected = cross_entropy_grad(Z, 2)
    np.testing.assert_allclose(numbers(axis), expected, rtol=0, atol=0.5e-3 + 1e-15)
    targets = [0.0, 0.0, 1.0]
    for p, target, arrow in zip(softmax(Z), targets, axis.patches, strict=True):
        path = arrow.get_path()
        where = path.vertices[path.codes != path.CLOSEPOLY, 0]
        # An arrow begins and ends beside its dots, up to eight points of some 300 away.
        assert abs(where.min() - min(p, target)) < 0.03
        assert abs(where.max() - max(p, target)) < 0.03


def test_slope_along_a_logit():
    axis = figures.loss_along_logit(Z, 2).axes[0]
    _, _, curve, tangent, point = axis.lines
    where, drawn = curve.get_data()
    rows = np.array([[Z[0], Z[1], x] for x in where])
    expected = cross_entropy(rows, np.full(len(where), 2), reduction="none")
    np.testing.assert_array_equal(drawn, expected)
    (x0, x1), (y0, y1) = tangent.get_data()
    slope = cross_entropy_grad(Z, 2)[2]
    # Two rounded ordinates of size 4 over a distance above 2.
    assert abs((y1 - y0) / (x1 - x0) - slope) <= 8 * np.finfo(float).eps
    assert point.get_xydata().tolist() == [[0.5, cross_entropy(Z, 2)]]


def test_overflow_is_where_the_machine_overflows():
    axis = figures.overflow_map([0.0, 0.0]).axes[0]
    low16, high16, low32, high32, low64, high64 = numbers(axis)
    # Two equal logits c: naive fails where the float next to c has an infinite exponential, or one
    # that rounds to zero: below half of the smallest subnormal.
    for dtype, low, high in (
        (np.float16, low16, high16),
        (np.float32, low32, high32),
        (np.float64, low64, high64),
    ):
        info = np.finfo(dtype)
        above = np.log(float(info.max))
        below = np.log(float(info.smallest_subnormal)) - np.log(2.0)
        # What is written has no decimals; c is rounded to a float.
        assert abs(high - above) <= 0.5 + np.spacing(dtype(above))
        assert abs(low - below) <= 0.5 + np.spacing(dtype(-below))
    # The shifted formula has one unbroken strip in each precision: right everywhere.
    strips = [bar.get_y() + bar.get_height() / 2 for bar in axis.patches]
    for block in range(3):
        assert sum(abs(y - block - 0.2) < 1e-9 for y in strips) == 1
        assert sum(abs(y - block + 0.2) < 1e-9 for y in strips) >= 3


def test_reliability_is_what_calibration_says():
    upper, lower = figures.reliability_diagram(PROBS, TARGET, n_bins=5).axes
    curve = reliability_curve(PROBS, TARGET, n_bins=5)
    filled = curve.count > 0
    drawn = [bar.get_height() for bar in upper.patches]
    np.testing.assert_array_equal(drawn, curve.accuracy[filled])
    np.testing.assert_array_equal(upper.lines[1].get_ydata(), curve.confidence[filled])
    np.testing.assert_array_equal([bar.get_height() for bar in lower.patches], curve.count)
    error = expected_calibration_error(PROBS, TARGET, n_bins=5)
    assert upper.texts[0].get_text() == f"ECE = {error:.3f}"


def test_confusions_are_counted():
    figure = figures.confusion_matrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0])
    axis = figure.axes[0]
    written = {tuple(t.get_position()): t.get_text() for t in axis.texts}
    assert written == {(0, 0): "1", (1, 0): "1", (1, 1): "1", (2, 2): "2", (0, 2): "1"}
    assert axis.get_title(loc="left") == "Right: 4 of 6"


def test_digits_show_the_likeliest_class():
    figure = figures.digits(np.zeros((2, 4, 4)), [1, 1], [[0.25, 0.75], [0.5, 0.5]])
    shown = [t.get_text() for axis in figure.axes[2:] for t in axis.get_xticklabels()]
    assert shown == ["1: 0.75", "0: 0.50"]


def test_history_is_drawn_as_it_is():
    axis = figures.loss_history({"a": [2.0, 1.0], "b": [3.0, 1.5, 1.0]}, classes=4).axes[0]
    assert [line.get_ydata().tolist() for line in axis.lines[:2]] == [[2.0, 1.0], [3.0, 1.5, 1.0]]
    assert axis.lines[2].get_ydata()[0] == np.log(4)


def test_masked_tokens_show_no_number():
    axis = figures.attention_weights([[1.0, 0.0], [0.25, 0.75]], ["a", "b"]).axes[0]
    assert [t.get_text() for t in axis.texts] == ["1.00", "·", "0.25", "0.75"]


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (-0.0, 2, "0.00"),
        (-1.5, 2, "−1.50"),
        (0.0, 3, "0.000"),
        (123456.0, 2, "1.2·10⁵"),
        (1e-9, 2, "1·10⁻⁹"),
        (0.786, 3, "0.786"),
    ],
)
def test_numbers_are_written_with_a_point_and_a_minus(value, digits, shown):
    assert _common.format_number(value, digits) == shown


def test_labels_of_lines_that_end_together_are_spread_but_keep_their_order():
    runs = {"a": [2.0, 1.01], "b": [2.0, 1.0], "c": [2.0, 1.02], "d": [2.0, 0.1]}
    figure = figures.loss_history(runs)
    axis = figure.axes[0]
    boxes = {t.get_text()[0]: t.get_window_extent() for t in axis.texts}
    order = sorted(boxes, key=lambda name: boxes[name].y0)
    assert order == ["d", "b", "a", "c"]
    for lower, upper in itertools.pairwise(order):
        assert boxes[upper].y0 - boxes[lower].y0 > 0.6 * boxes[lower].height


def test_weights_are_drawn_on_one_scale_white_at_zero():
    rows = np.arange(-8.0, 10.0).reshape(2, 9)
    *panels, bar = figures.weights(rows, ["a", "b"]).axes
    assert [panel.get_title() for panel in panels] == ["a", "b"]
    for panel, row in zip(panels, rows, strict=True):
        cells = panel.collections[0]
        np.testing.assert_array_equal(cells.get_array().ravel(), row)
        assert cells.get_clim() == (-9.0, 9.0)
    first = panels[0].collections[0]
    low, middle, high = first.cmap(first.norm([-9.0, 0.0, 9.0]))[:, :3]
    np.testing.assert_array_equal(middle, 1.0)
    assert low[0] > low[2], "orange speaks against the class"
    assert high[2] > high[0], "blue speaks for it"
    assert [label.get_text() for label in bar.get_xticklabels()] == ["−9.00", "0", "9.00"]


def test_weights_of_an_image_that_is_not_square():
    panel = figures.weights(np.ones((1, 6)), shape=(2, 3)).axes[0]
    assert panel.collections[0].get_array().shape == (2, 3)


def test_errors_against_the_step_are_the_measured_ones():
    axis = figures.difference_error(Z).axes[0]
    measured = step_size_errors(Z)
    np.testing.assert_array_equal(axis.lines[0].get_xdata(), measured.steps)
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), measured.central)
    np.testing.assert_array_equal(axis.lines[1].get_ydata(), measured.complex)
    assert axis.lines[2].get_ydata() == [measured.central.min()]


def test_focal_losses_and_their_pull():
    left, right = figures.focal_loss_curves([0.0, 2.0]).axes
    p, losses = left.lines[0].get_data()
    np.testing.assert_allclose(losses, -np.log(p), rtol=1e-13)
    np.testing.assert_allclose(left.lines[1].get_ydata(), -((1 - p) ** 2) * np.log(p), rtol=1e-12)
    np.testing.assert_allclose(right.lines[0].get_ydata(), 1 - p, rtol=1e-12)
    # The pull is the derivative by the logit: dp/dz = p (1 - p).
    slope = np.gradient(left.lines[1].get_ydata(), p) * p * (1 - p)
    # Away from 0, where the second order of the quotient is small.
    np.testing.assert_allclose(right.lines[1].get_ydata()[30:-2], -slope[30:-2], atol=1e-3)


def test_losses_and_slopes_against_the_margin():
    left, right = figures.margin_losses(4.0).axes
    margin, entropy_loss = left.lines[0].get_data()
    np.testing.assert_allclose(entropy_loss, np.log1p(np.exp(-margin)), rtol=1e-13)
    np.testing.assert_array_equal(left.lines[1].get_ydata(), np.maximum(1 - margin, 0))
    np.testing.assert_allclose(left.lines[2].get_ydata(), 2 * sigmoid(-margin) ** 2, rtol=1e-13)
    for kind in (0, 2):
        slope = np.gradient(left.lines[kind].get_ydata(), margin)
        np.testing.assert_allclose(right.lines[kind].get_ydata()[1:-1], slope[1:-1], atol=1e-3)


def test_a_copy_of_the_bus_takes_from_the_car_by_the_axiom_alone():
    before, axiom, people = (
        [bar.get_width() for bar in axis.patches] for axis in figures.red_blue_bus().axes
    )
    np.testing.assert_allclose(before, [0.5, 0.5], rtol=1e-15)
    np.testing.assert_allclose(axiom, [1 / 3] * 3, rtol=1e-15)
    assert people == [0.5, 0.25, 0.25]


@pytest.mark.parametrize("code", language.available())
def test_titles_beside_each_other_stay_within_the_figure(code):
    with language.using(code):
        wide = figures.red_blue_bus()
        for figure in (wide, plotting.narrow_variant(wide)):
            figure.draw_without_rendering()
            ends = [text.get_window_extent().x1 for text in drawn_texts(figure)]
            assert max(ends) <= figure.bbox.x1


def test_borders_are_straight_where_covariances_are_one():
    for axis, straight in zip(figures.covariance_regions().axes, (True, False), strict=True):
        borders = [
            points
            for lines in axis.collections[1:]
            for path in lines.get_paths()
            for points in path.to_polygons(closed_only=False)
        ]
        # Pieces of borders run along one line, or two that meet in a corner.
        directions = np.concatenate([np.diff(points, axis=0) for points in borders])
        angles = np.degrees(np.arctan2(directions[:, 1], directions[:, 0])) % 180
        counts, _ = np.histogram(angles, bins=36, range=(0, 180))
        assert (np.sort(counts)[-6:].sum() > 0.9 * counts.sum()) == straight


def test_coverage_is_counted():
    axis = figures.conformal_coverage([0.85, 0.91, 0.91, 0.95], 0.1).axes[0]
    assert sum(bar.get_height() for bar in axis.patches) == 4
    assert [line.get_xdata()[0] for line in axis.lines] == pytest.approx([0.9, 0.905])
    assert [t.get_text() for t in axis.texts] == ["promised: 0.900", "mean: 0.905"]


# Bad input


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: figures.focal_loss_curves([]), ValueError, "1 to 5 numbers"),
        (lambda: figures.focal_loss_curves([-1.0]), ValueError, "gammas must be finite"),
        (lambda: figures.margin_losses(0), ValueError, "span must be positive"),
        (lambda: figures.red_blue_bus(1), ValueError, "car must lie between 0 and 1"),
        (lambda: figures.covariance_regions([[0.0]]), ValueError, r"shape \(2 to 5, 2\)"),
        (
            lambda: figures.covariance_regions(common=[[1.0, 2.0], [2.0, 1.0]]),
            ValueError,
            "common must be symmetric with positive",
        ),
        (lambda: figures.covariance_regions(different=np.eye(2)), ValueError, r"\(3, 2, 2\)"),
        (lambda: figures.conformal_coverage([0.9], 0.1), ValueError, "at least two splits"),
        (lambda: figures.conformal_coverage([0.9, 1.1], 0.1), ValueError, "between 0 and 1"),
        (lambda: figures.conformal_coverage([0.9, 1.0], 0), ValueError, "alpha must lie"),
        (lambda: figures.softmax_steps([[1.0, 2.0]]), ValueError, r"one row.*shape \(1, 2\)"),
        (lambda: figures.softmax_steps([1.0]), ValueError, "2 to 10 classes"),
        (lambda: figures.softmax_steps([1.0, np.inf]), ValueError, "finite"),
        (lambda: figures.softmax_steps([1000.0, 0.0]), ValueError, "overflows"),
        (lambda: figures.softmax_steps(Z, labels=["a"]), ValueError, "list of 3 texts"),
        (lambda: figures.softmax_steps(Z, labels="abc"), TypeError, "list of texts"),
        (lambda: figures.softmax_steps(Z, labels=3), TypeError, "list of texts"),
        (lambda: figures.softmax_steps(Z, temperature=0), ValueError, "temperature"),
        (lambda: figures.temperature_sweep(Z, [1.0]), ValueError, "2 to 4 temperatures"),
        (lambda: figures.temperature_sweep(Z, [1.0, -1.0]), ValueError, "positive"),
        (lambda: figures.temperature_sweep(Z, ["a"]), TypeError, "temperatures must hold real"),
        (lambda: figures.temperature_sweep(Z, 2.0), ValueError, "temperatures must be a list"),
        (lambda: figures.probability_curves(Z, 3), ValueError, "from 0 to 2, got 3"),
        (lambda: figures.probability_curves(Z, 1.0), TypeError, "integer from 0 to 2"),
        (lambda: figures.probability_curves(Z, 1, span=0), ValueError, "span"),
        (lambda: figures.probability_curves(Z, 1, span="a"), TypeError, "span must be one real"),
        (lambda: figures.entropy_of_temperature([1.0, 1.0]), ValueError, "all be equal"),
        (lambda: figures.simplex([1.0, 2.0]), ValueError, r"of 3 classes.*\(2,\)"),
        (lambda: figures.simplex(Z, target=3), ValueError, "from 0 to 2"),
        (lambda: figures.sparsemax_vs_softmax(span=1), ValueError, "larger than 1"),
        (lambda: figures.jacobian_heatmap(range(7)), ValueError, "2 to 6 classes"),
        (lambda: figures.gradient_arrows(Z, True), TypeError, "integer from 0 to 2"),
        (lambda: figures.loss_along_logit(Z, -1), ValueError, "from 0 to 2"),
        (lambda: figures.loss_along_logit(Z, 0, span=np.nan), ValueError, "span"),
        (lambda: figures.overflow_map([11.0, 0.0]), ValueError, "within -10 and 10"),
        (lambda: figures.difference_error([1.0]), ValueError, "2 to 10 classes"),
        (lambda: figures.loss_history([1.0]), ValueError, "at least two"),
        (lambda: figures.loss_history({}), ValueError, "1 to 5 runs"),
        (lambda: figures.loss_history([1.0, 0.5], classes=1), ValueError, "at least 2"),
        (lambda: figures.loss_history([1.0, 0.5], classes=True), TypeError, "classes must be an"),
        (lambda: figures.reliability_diagram(PROBS, TARGET[:5]), ValueError, "shape"),
        (lambda: figures.confusion_matrix([0, 1], [0]), ValueError, "equal length"),
        (lambda: figures.confusion_matrix([0.5], [1.0]), TypeError, "integer"),
        (lambda: figures.confusion_matrix([0, -1], [0, 1]), ValueError, "-1 to 1"),
        (lambda: figures.confusion_matrix([0, 2], [0, 1], ["a", "b"]), ValueError, "to 2"),
        (lambda: figures.digits(np.zeros((8, 8)), [1]), ValueError, "height, width"),
        (lambda: figures.digits(np.zeros((2, 8, 8)), [1]), ValueError, r"shape \(2,\)"),
        (lambda: figures.digits(np.zeros((1, 8, 8)), [1], [0.5]), ValueError, "classes"),
        (lambda: figures.weights(np.ones(4)), ValueError, r"1 to 10 classes, got shape \(4,\)"),
        (lambda: figures.weights([[1.0, np.nan]]), ValueError, "finite"),
        (lambda: figures.weights(np.ones((2, 6))), ValueError, "6 weights do not fill .* 2 by 2"),
        (lambda: figures.weights(np.ones((2, 4)), ["a"]), ValueError, "list of 2 texts"),
        (lambda: figures.attention_weights(np.eye(3), 3), TypeError, "tokens must be a list"),
        (lambda: figures.confusion_matrix([0, 1], [0, 1], 2), TypeError, "labels must be a list"),
        (lambda: figures.attention_weights(np.eye(3), ["a", "b"]), ValueError, "2 tokens"),
        (lambda: figures.attention_weights(np.ones((2, 2)), ["a", "b"]), ValueError, "sum to 1"),
        (
            lambda: figures.softmax_steps(Z, labels=["猫", "a", "b"]),
            plotting.MissingGlyphError,
            "猫",
        ),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_figures_are_left_to_their_owner():
    """A figure on pyplot's list would be shown twice in a notebook."""
    from matplotlib import pyplot as plt

    figures.softmax_steps(Z)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("logits", [[2.0, -1.0, 0.5], [3.0, 1.0, 0.2], [5, 0, -3], [-1, 4, 0]])
def test_no_line_of_the_simplex_crosses_a_name(logits):
    from matplotlib.path import Path as Line

    figure = figures.simplex(logits)
    (axis,) = figure.axes
    path = next(line for line in axis.lines if len(line.get_xdata()) > 2).get_xydata()
    (triangle,) = axis.patches
    names = [label for label in axis.texts if label.get_text().startswith("T ")]
    assert len(names) == 4
    for label in names:
        box = label.get_window_extent()
        for line in (path, triangle.get_path().vertices):
            assert not Line(axis.transData.transform(line)).intersects_bbox(box, filled=False)
        others = [other.get_window_extent() for other in axis.texts if other is not label]
        assert not any(box.overlaps(other) for other in others), label.get_text()
