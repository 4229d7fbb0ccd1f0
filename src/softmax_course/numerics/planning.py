r"""Policies of many states: a maze, and soft value iteration, which plans in it.

The value of a state is the temperature times the log-sum-exp of the values of its actions, and the
policy is their softmax: the shift that softmax does not see is the value itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from softmax_course._checks import (
    as_float_array,
    as_integer,
    as_positive,
    as_real_array,
    as_share,
    as_text,
    check_rows,
)
from softmax_course.numerics.core import log_softmax_parts
from softmax_course.numerics.functional import softmax

__all__ = ["Maze", "SoftValues", "read_maze", "soft_value_iteration"]

#: Up, right, down, left, as steps of (row, column).
MOVES = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]])


@dataclass(frozen=True)
class Maze:
    """A maze as a decision process: its free cells are the states, the actions are four moves.

    Attributes
    ----------
    cells : ndarray of int, shape (S, 2)
        Row and column of each state, in the order of reading.
    shape : tuple of int
        Rows and columns of the maze, walls included.
    moves : ndarray of int, shape (4, 2)
        Step of each action, as (row, column): up, right, down, left.
    transitions : ndarray, shape (S, 4, S)
        Probability of each next state: here 1 for one of them. A move into a wall stays.
    rewards : ndarray, shape (S, 4)
        Reward of each move: -1, a move into a wall included.
    terminal : ndarray of bool, shape (S,)
        Whether the state is the goal, where all ends.
    start : int
        State to start from.

    See Also
    --------
    read_maze : Read one from text.
    soft_value_iteration : Plan in it.
    """

    cells: NDArray[np.intp]
    shape: tuple[int, int]
    moves: NDArray[np.intp]
    transitions: NDArray[np.float64]
    rewards: NDArray[np.float64]
    terminal: NDArray[np.bool]
    start: int

    def as_grid(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return numbers of the states where their cells are, NaN where the walls are.

        Parameters
        ----------
        values : array_like, shape (S,)
            One number for each state.

        Returns
        -------
        ndarray, shape (rows, columns)
            The maze with its numbers.

        See Also
        --------
        soft_value_iteration : Where such numbers come from.
        """
        numbers = as_real_array(values, "values")
        if numbers.shape != (len(self.cells),):
            raise ValueError(
                f"values must have shape ({len(self.cells)},), one for each state, "
                f"got {numbers.shape}"
            )
        grid = np.full(self.shape, np.nan)
        grid[tuple(self.cells.T)] = numbers
        return grid


def read_maze(text: str) -> Maze:
    """Read a maze from text, a line for each row.

    Parameters
    ----------
    text : str
        ``#`` is a wall, ``.`` a free cell, ``S`` the start and ``G`` a goal. Empty lines and blanks
        around a line do not count; beyond the edge there is a wall.

    Returns
    -------
    Maze
        States, transitions and rewards. Every move costs 1.

    Raises
    ------
    TypeError
        If `text` is no text.
    ValueError
        If lines have different lengths, a sign is not known, there is not exactly one start or no
        goal, or no goal can be reached from some cell.

    See Also
    --------
    soft_value_iteration : Plan in the maze.

    Examples
    --------
    >>> from softmax_course import read_maze
    >>> maze = read_maze('''
    ...     S.#
    ...     ..G
    ... ''')
    >>> len(maze.cells), maze.start, maze.terminal.nonzero()[0]
    (5, 0, array([4]))
    >>> maze.transitions[0].argmax(axis=-1)  # up and left are walls
    array([0, 1, 2, 0])
    """
    lines = [line.strip() for line in as_text(text, "text").splitlines() if line.strip()]
    widths = {len(line) for line in lines}
    if len(widths) != 1:
        raise ValueError(f"all lines of a maze must be as long as the first, got {sorted(widths)}")
    signs = np.array([list(line) for line in lines])
    if unknown := sorted(set("".join(lines)) - set("#.SG")):
        raise ValueError(f"a maze is made of '#', '.', 'S' and 'G', got {unknown[0]!r}")
    for sign, count, wanted in (("S", 1, "exactly one start 'S'"), ("G", None, "a goal 'G'")):
        found = int((signs == sign).sum())
        if found != count if count else not found:
            raise ValueError(f"a maze must have {wanted}, got {found}")
    cells = np.argwhere(signs != "#")
    number = np.full(signs.shape, -1)
    number[tuple(cells.T)] = np.arange(len(cells))
    target = cells[:, np.newaxis] + MOVES
    inside = ((target >= 0) & (target < signs.shape)).all(axis=-1)
    row, column = np.where(inside[..., np.newaxis], target, 0).transpose(2, 0, 1)
    after = np.where(inside, number[row, column], -1)
    after = np.where(after < 0, np.arange(len(cells))[:, np.newaxis], after)
    terminal = signs[tuple(cells.T)] == "G"
    reached, known = terminal, 0
    while reached.sum() > known:
        known = int(reached.sum())
        reached = reached | reached[after].any(axis=1)
    if not reached.all():
        where = tuple(int(i) for i in cells[~reached][0])
        raise ValueError(f"no goal can be reached from cell {where} (row, column)")
    return Maze(
        cells=cells,
        shape=(len(lines), len(lines[0])),
        moves=MOVES.copy(),
        transitions=np.eye(len(cells))[after],
        rewards=np.full(after.shape, -1.0),
        terminal=terminal,
        start=int(number[tuple(np.argwhere(signs == "S")[0])]),
    )


@dataclass(frozen=True)
class SoftValues:
    r"""What soft value iteration found.

    Attributes
    ----------
    values : ndarray, shape (S,)
        Value of each state, :math:`V = T \log \sum_a e^{Q_a / T}`; 0 where all ends.
    action_values : ndarray, shape (S, A)
        :math:`Q = r + \gamma P V` with these values; 0 where all ends.
    policy : ndarray, shape (S, A)
        :math:`\operatorname{softmax}(Q / T)`.
    changes : ndarray, shape (sweeps,)
        Largest change of a value in each sweep.
    error_bound : float
        No value is farther than this from the exact one, rounding left aside:
        :math:`\gamma / (1 - \gamma)` times the last change.

    See Also
    --------
    soft_value_iteration : Finds them.
    """

    values: NDArray[np.float64]
    action_values: NDArray[np.float64]
    policy: NDArray[np.float64]
    changes: NDArray[np.float64]
    error_bound: float


def soft_value_iteration(
    transitions: ArrayLike,
    rewards: ArrayLike,
    temperature: float,
    discount: float = 0.95,
    terminal: ArrayLike | None = None,
    tol: float = 1e-9,
    max_sweeps: int = 10_000,
) -> SoftValues:
    r"""Find the policy with the best discounted reward plus entropy, by repeated log-sum-exp.

    Each sweep sets :math:`Q_{sa} = r_{sa} + \gamma \sum_{s'} P_{sas'} V_{s'}` and
    :math:`V_s = T \log \sum_a e^{Q_{sa} / T}`, until no value can be farther than `tol` from the
    fixed point.

    Parameters
    ----------
    transitions : array_like, shape (S, A, S)
        Probability of each next state for each state and action.
    rewards : array_like, shape (S, A)
        Reward of each action in each state.
    temperature : float
        :math:`T > 0`: what a nat of entropy is worth. As it falls to 0 the values become those of
        plain value iteration, :math:`V = \max_a Q_a`.
    discount : float, default 0.95
        :math:`\gamma` between 0 and 1.
    terminal : array_like of bool, shape (S,), optional
        States where all ends: their value is 0, their actions are not taken.
    tol : float, default 1e-9
        Error allowed in the values.
    max_sweeps : int, default 10_000
        Sweeps after which to give up.

    Returns
    -------
    SoftValues
        Values, values of actions, policy, changes of the sweeps and an error bound.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes do not match, `transitions` are no distributions, a reward is not finite, a
        number is out of range, or `tol` is not reached in `max_sweeps`.

    See Also
    --------
    read_maze : A maze to plan in.
    logsumexp : The same sum at temperature 1.

    Notes
    -----
    :math:`T \log \sum_a e^{Q_a / T} = \max_\pi (\pi \cdot Q + T H(\pi))`. Its derivatives are the
    probabilities, which sum to 1, so a sweep brings any two guesses closer by the factor
    :math:`\gamma`; hence the one fixed point and the bound
    :math:`|V_k - V^*| \le \frac{\gamma}{1 - \gamma} |V_k - V_{k-1}|`, for the largest differences.

    Entropy is a reward. With :math:`A` actions a step earns up to :math:`T \log A`; where that is
    more than the step costs, it pays to wander about rather than to end.

    References
    ----------
    Haarnoja, T. et al. (2017). Reinforcement Learning with Deep Energy-Based Policies.
    arXiv:1702.08165

    Examples
    --------
    >>> from softmax_course import read_maze, soft_value_iteration
    >>> maze = read_maze('S..G')
    >>> plan = soft_value_iteration(
    ...     maze.transitions, maze.rewards, temperature=0.5, terminal=maze.terminal
    ... )
    >>> plan.values.round(2)  # without entropy: -2.85, -1.95, -1, 0
    array([-2.11, -1.53, -0.8 ,  0.  ])
    >>> plan.policy[maze.start].round(3)  # up, right, down, left
    array([0.167, 0.499, 0.167, 0.167])
    """
    p, r, ends = _as_process(transitions, rewards, terminal)
    temperature = as_positive(temperature, "temperature")
    gamma = as_share(discount, "discount")
    tol = as_positive(tol, "tol")
    max_sweeps = as_integer(max_sweeps, "max_sweeps", low=1)
    values = np.zeros(len(r))
    changes: list[float] = []
    bound = np.inf
    while bound > tol:
        if len(changes) == max_sweeps:
            raise ValueError(
                f"after {max_sweeps} sweeps values may be off by {bound:.1e}, tol is {tol:.1e}: "
                "raise max_sweeps or tol"
            )
        previous, q = values, np.where(ends[:, np.newaxis], 0, r + gamma * (p @ values))
        with np.errstate(under="ignore", over="ignore"):
            _, log_sum, top = log_softmax_parts(q, temperature)
        values = np.where(ends, 0, top + temperature * log_sum)
        changes.append(float(np.abs(values - previous).max()))
        bound = gamma / (1 - gamma) * changes[-1]
    q = np.where(ends[:, np.newaxis], 0, r + gamma * (p @ values))
    return SoftValues(
        values=values,
        action_values=q,
        policy=softmax(q, temperature=temperature),
        changes=np.array(changes),
        error_bound=float(bound),
    )


def _as_process(
    transitions: ArrayLike, rewards: ArrayLike, terminal: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[Any]]:
    r = as_float_array(rewards, "rewards").astype(np.float64)
    if r.ndim != 2 or 0 in r.shape:
        raise ValueError(f"rewards must have shape (states, actions), got {r.shape}")
    if (bad := ~np.isfinite(r)).any():
        raise ValueError(f"rewards must be finite, got {r[bad][0]}")
    p = as_float_array(transitions, "transitions").astype(np.float64)
    if p.shape != (*r.shape, len(r)):
        raise ValueError(
            f"transitions must have shape {(*r.shape, len(r))} for rewards of shape {r.shape}, "
            f"got {p.shape}"
        )
    check_rows(p, 2, "transitions", allow_nan=False)
    ends = np.zeros(len(r), bool) if terminal is None else np.asarray(terminal)
    if ends.dtype != bool:
        raise TypeError(f"terminal must hold True or False for each state, not {ends.dtype}")
    if ends.shape != (len(r),):
        raise ValueError(f"terminal must have shape ({len(r)},), got {ends.shape}")
    return p, r, ends
