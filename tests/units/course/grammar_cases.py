"""What the tests of language models share: a grammar small enough to list all its sentences."""

import numpy as np
from project import FINISHED, ROOT

from softmax_course.models.grammar import Grammar

_FILES = (ROOT / "src" / "softmax_course" / "teaching" / "grammars").glob("*.toml")
#: The languages with a grammar: all that are finished, and drafts that have come so far.
LANGUAGES = sorted({*FINISHED, *(path.stem for path in _FILES)})

TOY = {
    "start": [("a", 0.3, "one"), ("two", 0.5, "many"), ("look", 0.2, "stop")],
    "one": [("red", 0.4, "red one"), ("cat", 0.6, "sits")],
    "red one": [("cat", 1.0, "sits")],
    "many": [("red", 0.7, "red many"), ("cats", 0.3, "sit")],
    "red many": [("cats", 0.9, "sit"), ("dogs", 0.1, "sit")],
    "sits": [("sits", 1.0, "stop")],
    "sit": [("sit", 1.0, "stop")],
    "stop": [(".", 0.75, None), ("here", 0.25, "here")],
    "here": [(".", 1.0, None)],
}


def toy():
    return Grammar(TOY)


def all_sentences(grammar):
    """Return every sentence of a grammar and its probability, found from the next words alone."""
    done, begun = [], [((), 1.0)]
    while begun:
        prefix, prob = begun.pop()
        p = grammar.next_probs(np.array(prefix, dtype=int))
        for token in np.flatnonzero(p):
            one = ((*prefix, int(token)), prob * p[token])
            (done if token == 0 else begun).append(one)
    tokens = np.zeros((len(done), grammar.max_length), dtype=int)
    for row, (sentence, _) in zip(tokens, done, strict=True):
        row[: len(sentence)] = sentence
    return tokens, np.array([prob for _, prob in done])


def within_chance(counts, probs, n):
    """Tell whether counts of n draws are as their probabilities say: within five deviations each.

    The chance that one of a hundred counts is outside is below one in ten thousand.
    """
    return (np.abs(counts - n * probs) <= 5 * np.sqrt(n * probs * (1 - probs)) + 1).all()
