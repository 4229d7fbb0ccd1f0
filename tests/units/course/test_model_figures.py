"""Figures of language models, decoding, policies and large vocabularies: numbers and errors."""

import itertools

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from softmax_course.numerics.planning import read_maze, soft_value_iteration
from softmax_course.teaching import figures, language, plotting

DOTS = [[0.7, 0.975], [0.72, 0.985], [0.74, 0.98], [0.8, 0.97], [0.05, 1.0], [0.02, 1.0], [1, 0.3]]
NAMES = ["top-k 10", "min-p 0.1", "top-p 0.9", "T = 1", "beam 4", "greedy", "T = 2"]


@pytest.fixture(autouse=True)
def _english():
    with language.using("en"):
        yield


def written(axis):
    return [artist.get_text() for artist in axis.texts if artist.get_text()]


# Language models


def test_divergence_stands_on_the_entropy():
    axis = figures.entropy_and_gaps(1.5, [2.0, 0.25], ["a", "b"]).axes[0]
    common, gaps = axis.patches[:2], axis.patches[2:]
    assert [bar.get_width() for bar in common] == [1.5, 1.5]
    assert [(bar.get_x(), bar.get_width()) for bar in gaps] == [(1.5, 2.0), (1.5, 0.25)]
    assert set(axis.lines[0].get_xdata()) == {1.5}
    assert written(axis) == ["+2.000", "+0.250", "entropy H = 1.500"]


def test_short_tokens_stand_below_their_columns():
    figure = figures.prefix_costs(["a", "b", "c"], [1.0, 2.0, 0.5], [0.0, 0.5, 0.25])
    axis = figure.axes[0]
    heights = [(bar.get_y(), bar.get_height()) for bar in axis.patches]
    assert heights == [(0, 1.0), (0, 2.0), (0, 0.5), (1.0, 0.0), (2.0, 0.5), (0.5, 0.25)]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["a", "b", "c"]


def test_tokens_without_room_in_one_line_stand_in_two_by_turns():
    names = [letter * 6 for letter in "abcd" * 3]
    axis = figures.prefix_costs(names, np.ones(12), np.full(12, 0.5)).axes[0]
    boxes = [label.get_window_extent() for label in axis.get_xticklabels()]
    assert [label.get_text() for label in axis.get_xticklabels()] == names
    for upper, lower in zip(boxes[::2], boxes[1::2], strict=True):
        assert upper.x1 > lower.x0, "one line would not do"
        assert upper.y0 > lower.y1


def test_tokens_without_room_in_two_lines_stand_beside_their_bars():
    names = [letter * 20 for letter in "abcd" * 3]
    axis = figures.prefix_costs(names, np.ones(12), np.full(12, 0.5)).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == names
    assert [bar.get_width() for bar in axis.patches] == [1.0] * 12 + [0.5] * 12


def test_a_sentence_runs_down_a_phone():
    wide = figures.prefix_costs(["a", "b"], [1.0, 2.0], [0.0, 0.5])
    axis = plotting.narrow_variant(wide).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["a", "b"]
    assert axis.get_ylim()[0] > axis.get_ylim()[1], "the first token is on top"


# Attention, large vocabularies


def test_saturation_is_drawn_as_given_with_a_tick_at_the_largest_head():
    sizes, scaled, unscaled = [4, 5, 64, 1024], [0.0, 0.0, 0.0, 0.1], [0.1, 0.1, 0.4, 0.8]
    axis = figures.attention_saturation(sizes, scaled, unscaled).axes[0]
    for line, row in zip(axis.lines, (scaled, unscaled), strict=True):
        assert line.get_xdata().tolist() == sizes
        assert line.get_ydata().tolist() == row
    # 4 and 5 have no room for labels beside each other.
    assert [label.get_text() for label in axis.get_xticklabels()] == ["1024", "64", "5"]


def test_bias_is_drawn_with_its_sign():
    axis = figures.bias_of_samples([8, 64, 512], [-5.0, -3.0, -1.0], [0.5, -0.1, 0.0]).axes[0]
    zero, biased, corrected = axis.lines
    assert set(zero.get_ydata()) == {0}
    assert biased.get_ydata().tolist() == [-5.0, -3.0, -1.0]
    assert corrected.get_ydata().tolist() == [0.5, -0.1, 0.0]
    assert axis.get_xscale() == "log"


def test_error_against_rank_begins_at_zero():
    axis = figures.rank_error([1, 4, 8], [2.0, 0.5, 0.0]).axes[0]
    assert axis.lines[0].get_xydata().tolist() == [[1, 2.0], [4, 0.5], [8, 0.0]]
    assert axis.get_ylim()[0] == 0


# Decoding


def test_labels_of_dots_keep_clear_of_each_other_and_of_dots():
    for figure in (wide := figures.quality_diversity(DOTS, NAMES), plotting.narrow_variant(wide)):
        figure.draw_without_rendering()
        axis = figure.axes[0]
        assert axis.lines[0].get_xydata().tolist() == DOTS
        boxes = [t.get_window_extent() for t in axis.texts if t.get_text()]
        assert len(boxes) == len(NAMES)
        frame = axis.get_window_extent()
        for box in boxes:
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1
            assert frame.y0 <= box.y0 < box.y1 <= frame.y1
            assert not any(box.contains(*dot) for dot in axis.transData.transform(DOTS))
        for one, other in itertools.combinations(boxes, 2):
            assert not one.overlaps(other)


def test_labels_of_dots_stand_where_they_stood():
    first, second = (
        [t.get_position() for t in figures.quality_diversity(DOTS, NAMES).axes[0].texts]
        for _ in range(2)
    )
    assert first == second


def test_no_share_above_one_is_promised():
    axis = figures.quality_diversity([[0.1, 1.0], [0.2, 0.9]], ["a", "b"]).axes[0]
    assert axis.get_ylim()[1] > 1
    assert max(axis.get_yticks()) <= 1


# Policies


def test_arrows_are_as_long_as_moves_are_probable():
    policy = np.zeros((2, 2, 4))
    policy[0, 0] = [0.0, 0.75, 0.25, 0.0]
    policy[0, 1] = [1.0, 0.0, 0.0, 0.0]
    axis = figures.maze(["S.", "#G"], policy=policy).axes[0]
    (arrows,) = [c for c in axis.collections if type(c) is PolyCollection]
    corners = [path.vertices for path in arrows.get_paths()]
    assert len(corners) == 3, "none from walls and goals"
    # Cell (0, 0): right and down; cell (0, 1): up. Rows count downwards.
    reach = figures.policy._REACH
    assert corners[0][:, 0].max() == pytest.approx(0.75 * reach)
    assert corners[1][:, 1].max() == pytest.approx(0.25 * reach)
    assert corners[2][:, 1].min() == pytest.approx(-reach)
    assert corners[2][3].tolist() == pytest.approx([1.0, -reach]), "the tip is over the middle"


def test_what_soft_value_iteration_finds_can_be_drawn_as_it_is():
    text = """
        S.#
        ..G
    """
    maze = read_maze(text)
    found = soft_value_iteration(
        maze.transitions, maze.rewards, temperature=0.5, terminal=maze.terminal
    )
    axis = figures.maze(text, found.values, found.policy).axes[0]
    drawn = axis.collections[0].get_array()
    np.testing.assert_array_equal(drawn.filled(np.nan), maze.as_grid(found.values))
    (arrows,) = [c for c in axis.collections if type(c) is PolyCollection]
    # The middle cell of the second row, before the goal, is the fourth state.
    tips = np.array([path.vertices[3] for path in arrows.get_paths()])
    right = (1 + figures.policy._REACH * found.policy[3, 1], 1.0)
    # Sums and products of numbers below 2.
    assert np.abs(tips - right).max(axis=1).min() < 1e-15


def test_values_color_the_cells_and_stand_in_them():
    axis = figures.maze(["S.", "#G"], values=[[-2.0, -1.0], [np.nan, 0.0]]).axes[0]
    colored = axis.collections[0]
    assert colored.get_array().filled(9).ravel().tolist() == [-2.0, -1.0, 9, 0.0]
    assert colored.get_clim() == (-2.0, 0.0)
    assert written(axis) == ["−2.00", "−1.00"], "walls and goals have none"


def test_values_are_rounded_to_fit_their_cells_or_left_out():
    rows, values = ["." * 9, "." * 8 + "G"], np.full((2, 9), -12.345)
    wide = figures.maze(rows, values)
    assert set(written(wide.axes[0])) == {"−12.35"}
    assert set(written(plotting.narrow_variant(wide).axes[0])) == {"−12"}
    crowded = figures.maze(["." * 12] * 2, np.full((2, 12), 1e-7))
    assert written(plotting.narrow_variant(crowded).axes[0]) == []


def test_where_arrows_are_no_numbers_stand():
    axis = figures.maze(["S.", ".G"], np.zeros((2, 2)), np.full((2, 2, 4), 0.25)).axes[0]
    assert written(axis) == []


def test_trade_of_reward_and_divergence():
    axis = figures.reward_and_divergence([1e-17, 0.5, 1.0], [0.2, 0.8, 1.0], (0.5, 0.8)).axes[0]
    curve, best = axis.lines
    assert curve.get_ydata().tolist() == [0.2, 0.8, 1.0]
    assert best.get_xydata().tolist() == [[0.5, 0.8]]
    assert written(axis) == ["π*", "π₀"]
    assert written(figures.reward_and_divergence([0.1, 0.2], [0.0, 1.0]).axes[0]) == []


def test_rewards_of_seeds_are_summed_up_by_quantiles():
    rewards = np.random.default_rng(3).normal(size=(11, 4))
    axis = figures.reward_history({"a": rewards}, limit=5.0).axes[0]
    ordered = np.sort(rewards, axis=0)
    assert axis.lines[0].get_ydata().tolist() == ordered[5].tolist()
    # Of eleven, the second and the tenth are the tenth and the ninetieth percentile.
    edges = axis.collections[0].get_paths()[0].vertices
    for step in range(4):
        ends = edges[edges[:, 0] == step, 1]
        assert ends.min() == pytest.approx(ordered[1, step], rel=1e-12)
        assert ends.max() == pytest.approx(ordered[9, step], rel=1e-12)
    assert set(axis.lines[1].get_ydata()) == {5.0}
    assert written(axis) == ["best possible: 5.00", "a"]


# Bad input


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: figures.entropy_and_gaps(0, [1.0], ["a"]), ValueError, "entropy must be positive"),
        (lambda: figures.entropy_and_gaps(1, [1.0], []), ValueError, "1 to 10 models, got 0"),
        (lambda: figures.entropy_and_gaps(1, [-0.1], ["a"]), ValueError, "gaps .* >= 0, got -0.1"),
        (lambda: figures.entropy_and_gaps(1, [1.0], ["a", "b"]), ValueError, "row of 2 numbers"),
        (lambda: figures.prefix_costs(["a"], [1.0], [0.0]), ValueError, "2 to 16, got 1"),
        (lambda: figures.prefix_costs("ab", [1.0, 1.0], [0.0, 0.0]), TypeError, "tokens must be"),
        (lambda: figures.prefix_costs(["a", "b"], [1, 1], [0, np.nan]), ValueError, "divergence"),
        (lambda: figures.attention_saturation([4], [0], [0]), ValueError, "at least 2 numbers"),
        (lambda: figures.attention_saturation([4, 2], [0, 0], [0, 0]), ValueError, "and rise"),
        (
            lambda: figures.attention_saturation([2, 4], [0, 0], [0, 1.5]),
            ValueError,
            "share_unscaled must be finite and >= 0 and <= 1, got 1.5",
        ),
        (lambda: figures.bias_of_samples([0, 4], [0, 0], [0, 0]), ValueError, "positive and rise"),
        (lambda: figures.bias_of_samples([2, 4], [0, 0], [0]), ValueError, "corrected must be"),
        (lambda: figures.rank_error([1, 2], [1.0, -1.0]), ValueError, "errors must be finite"),
        (lambda: figures.quality_diversity([[0.1, 1.0]], ["a"]), ValueError, r"got \(1, 2\)"),
        (lambda: figures.quality_diversity(DOTS, ["a"]), ValueError, "list of 7 texts"),
        (
            lambda: figures.quality_diversity([[0.1, 1.1], [0.1, 0.2]], ["a", "b"]),
            ValueError,
            "share between 0 and 1",
        ),
        (lambda: figures.maze(["..", "."]), ValueError, r"of lengths \[1, 2\]"),
        (lambda: figures.maze(["..", "x."]), ValueError, r"only, got \['x'\]"),
        (lambda: figures.maze(["##", "##"]), ValueError, "a cell that is no wall"),
        (lambda: figures.maze(3), TypeError, "maze_rows must be a list"),
        (lambda: figures.maze(["..", ".G"], np.zeros(3)), ValueError, "each of 4 states or"),
        (lambda: figures.maze(["..", ".G"], [[0.0]]), ValueError, r"maze's shape \(2, 2\)"),
        (lambda: figures.maze(["..", ".G"], np.full((2, 2), np.nan)), ValueError, "finite where"),
        (lambda: figures.maze(["..", ".G"], policy=np.ones((2, 2))), ValueError, r"\(2, 2, 4\)"),
        (lambda: figures.maze(["..", ".G"], policy=np.ones((2, 2, 4))), ValueError, "sum to 1"),
        (lambda: figures.reward_and_divergence([1.0, 0.0], [0, 0]), ValueError, "kl must rise"),
        (lambda: figures.reward_and_divergence([0, 1], [0, 1], 1.0), ValueError, "optimum must"),
        (lambda: figures.reward_history([[1.0, 2.0]]), TypeError, "a mapping of names"),
        (lambda: figures.reward_history({}), ValueError, "1 to 5 entries"),
        (lambda: figures.reward_history({"a": [1.0, 2.0]}), ValueError, r"got shape \(2,\)"),
        (lambda: figures.reward_history({"a": [[1, 2]]}, limit="a"), TypeError, "limit must be"),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
