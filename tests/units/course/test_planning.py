"""Mazes and soft value iteration, compared with linear equations and other policies."""

import math

import numpy as np
import pytest

from softmax_course.numerics.planning import read_maze, soft_value_iteration

TEXT = """
    S..#
    .#..
    ...G
"""


def random_process(seed, states=5, actions=3):
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.ones(states), size=(states, actions))
    terminal = np.arange(states) == 0
    return transitions, rng.normal(size=(states, actions)), terminal


def soft_return(process, policy, temperature, discount):
    """Expected discounted reward plus entropy of a policy, from its linear equations."""
    transitions, rewards, terminal = process
    with np.errstate(divide="ignore", invalid="ignore"):
        bonus = np.where(policy > 0, -temperature * np.log(policy), 0)
    gain = np.where(terminal, 0, (policy * (rewards + bonus)).sum(axis=1))
    step = np.einsum("sa,sat->st", policy, transitions) * ~terminal[:, np.newaxis]
    return np.linalg.solve(np.eye(len(gain)) - discount * step, gain)


class TestMaze:
    def test_reading(self):
        maze = read_maze(TEXT)
        assert maze.shape == (3, 4)
        assert len(maze.cells) == 10
        assert maze.cells[maze.start].tolist() == [0, 0]
        assert maze.cells[maze.terminal].tolist() == [[2, 3]]
        assert (maze.transitions.sum(axis=-1) == 1).all()
        assert (maze.rewards == -1).all()

    def test_every_move_goes_to_the_neighbour_or_stays(self):
        maze = read_maze(TEXT)
        cells = [tuple(cell) for cell in maze.cells.tolist()]
        for s, cell in enumerate(cells):
            for a, move in enumerate(maze.moves.tolist()):
                target = (cell[0] + move[0], cell[1] + move[1])
                expected = target if target in cells else cell
                assert cells[maze.transitions[s, a].argmax()] == expected

    def test_grid(self):
        maze = read_maze(TEXT)
        grid = maze.as_grid(np.arange(10))
        assert np.isnan(grid).sum() == 2
        np.testing.assert_array_equal(grid[~np.isnan(grid)], np.arange(10))
        with pytest.raises(ValueError, match=r"values must have shape \(10,\)"):
            maze.as_grid([1.0])

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "all lines"),
            ("S.G\n..", "all lines"),
            ("S?G", "made of .* got '\\?'"),
            ("..G", "exactly one start 'S', got 0"),
            ("SSG", "exactly one start 'S', got 2"),
            ("S..", "a goal 'G', got 0"),
            ("S#G", r"no goal can be reached from cell \(0, 0\)"),
        ],
    )
    def test_what_is_no_maze(self, text, message):
        with pytest.raises(ValueError, match=message):
            read_maze(text)

    def test_text_is_asked_for(self):
        with pytest.raises(TypeError, match="text must be a text"):
            read_maze(["S.G"])


class TestSoftValueIteration:
    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("temperature", [0.1, 1.0])
    def test_values_are_the_return_of_the_policy_and_no_other_has_more(self, seed, temperature):
        process = random_process(seed)
        discount = 0.9
        plan = soft_value_iteration(*process[:2], temperature, discount, process[2], tol=1e-12)
        # The equations are solved to some 1e-15 / (1 - discount); the bound allows 1e-12.
        np.testing.assert_allclose(
            soft_return(process, plan.policy, temperature, discount), plan.values, atol=1e-11
        )
        rng = np.random.default_rng(100 + seed)
        for _ in range(20):
            other = rng.dirichlet(np.ones(3), size=5)
            worse = soft_return(process, other, temperature, discount)
            assert (worse <= plan.values + 1e-11).all()

    @pytest.mark.parametrize("seed", range(5))
    def test_sweeps_contract_and_the_bound_holds(self, seed):
        p, r, ends = random_process(seed)
        discount = 0.8
        exact = soft_value_iteration(p, r, 0.5, discount, ends, tol=1e-13).values
        for tol in (1.0, 1e-2, 1e-5):
            plan = soft_value_iteration(p, r, 0.5, discount, ends, tol=tol)
            assert np.abs(plan.values - exact).max() <= plan.error_bound + 1e-12
            assert plan.error_bound <= tol
            assert (plan.changes[1:] <= discount * plan.changes[:-1] + 1e-14).all()

    def test_a_cold_policy_takes_the_shortest_way(self):
        maze = read_maze(TEXT)
        plan = soft_value_iteration(maze.transitions, maze.rewards, 1e-3, 0.9, maze.terminal)
        distance = np.abs(maze.cells - maze.cells[maze.terminal]).sum(axis=1)  # no detours here
        # Entropy adds at most T log 4 a step, and 1 / (1 - discount) steps count.
        slack = 1e-3 * math.log(4) / (1 - 0.9)
        expected = -(1 - 0.9**distance) / (1 - 0.9)
        assert (plan.values >= expected - 1e-9).all()
        assert (plan.values <= expected + slack).all()

    def test_policy_and_values_fit_together(self):
        maze = read_maze(TEXT)
        plan = soft_value_iteration(maze.transitions, maze.rewards, 0.5, 0.9, maze.terminal)
        gain = np.exp((plan.action_values - plan.values[:, np.newaxis]) / 0.5)
        alive = ~maze.terminal
        # The values are within 1e-9 of the fixed point.
        np.testing.assert_allclose(plan.policy[alive], gain[alive], rtol=1e-8)
        assert plan.values[maze.terminal] == 0

    def test_where_entropy_is_worth_more_than_steps_it_pays_to_wander(self):
        maze = read_maze("S..G")
        values = [
            soft_value_iteration(maze.transitions, maze.rewards, t, 0.95, maze.terminal).values[0]
            for t in (0.1, 2.0)
        ]
        assert values[0] < 0 < values[1]  # 2 log 4 a step is more than 1

    def test_an_ending_of_no_state(self):
        # One state, two actions that stay: V = (r + T log 2) / (1 - discount).
        plan = soft_value_iteration(np.ones((1, 2, 1)), np.ones((1, 2)), 1.0, 0.5, tol=1e-12)
        np.testing.assert_allclose(plan.values, (1 + math.log(2)) / 0.5, atol=1e-11)

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"transitions": np.ones((2, 2))}, ValueError, "transitions must have shape"),
            ({"transitions": np.full((2, 1, 2), 0.6)}, ValueError, "transitions must sum to 1"),
            ({"rewards": np.zeros(2)}, ValueError, "rewards must have shape"),
            ({"rewards": np.full((2, 1), np.inf)}, ValueError, "rewards must be finite"),
            ({"temperature": 0}, ValueError, "temperature must be positive"),
            ({"discount": 1.0}, ValueError, "discount must lie between 0 and 1"),
            ({"terminal": [True]}, ValueError, "terminal must have shape"),
            ({"terminal": [0, 1]}, TypeError, "terminal must hold True or False"),
            ({"tol": 0}, ValueError, "tol must be positive"),
            ({"max_sweeps": 3}, ValueError, "after 3 sweeps values may be off by"),
            ({"max_sweeps": 0}, ValueError, "max_sweeps must be"),
        ],
    )
    def test_bad_arguments(self, change, error, message):
        arguments = {
            "transitions": np.full((2, 1, 2), 0.5),
            "rewards": np.ones((2, 1)),
            "temperature": 1.0,
        }
        with pytest.raises(error, match=message):
            soft_value_iteration(**arguments | change)
