"""Sentences out of models: sampling, beams, drafts."""

import numpy as np
import pytest
from grammar_cases import all_sentences, toy, within_chance

from softmax_course.models.evaluation import Judgement, judge
from softmax_course.models.generation import beam_search, generate, speculative_generate
from softmax_course.models.ngram import NgramModel
from softmax_course.numerics.decoding import top_k_probs
from softmax_course.numerics.functional import softmax


def counts_of(drawn, tokens):
    return np.array([(drawn == row).all(axis=1).sum() for row in tokens])


class TestGenerate:
    def test_sentences_have_the_probabilities_of_the_model(self):
        grammar = toy()
        tokens, probs = all_sentences(grammar)
        drawn = generate(grammar, 20_000, random_state=2)
        counts = counts_of(drawn, tokens)
        assert counts.sum() == len(drawn)
        assert within_chance(counts, probs, len(drawn))

    def test_a_rule_decides(self):
        grammar = toy()
        greedy = generate(grammar, 3, 0, rule=lambda z: top_k_probs(z, 1))
        assert set(grammar.decode(greedy)) == {"two red cats sit."}
        seen = []

        def forbids_what_was_said(z, prefix):
            seen.append(prefix.shape)
            said = np.zeros(z.shape, bool)
            np.put_along_axis(said, prefix, True, axis=1)
            said[:, 0] = False
            return softmax(np.where(said, -np.inf, z))

        generate(grammar, 4, 0, rule=forbids_what_was_said, with_prefix=True)
        assert seen[:2] == [(4, 0), (4, 1)]

    def test_what_does_not_end_has_no_end_mark(self):
        model = NgramModel(2, 3).fit([[1, 1, 2, 1, 1]])
        drawn = generate(model, 5, 0)
        assert drawn.shape == (5, 5)
        assert (drawn != 0).all()

    def test_wrong_arguments(self):
        grammar = toy()
        with pytest.raises(ValueError, match="n must be"):
            generate(grammar, -1)
        with pytest.raises(ValueError, match="the rule returned shape"):
            generate(grammar, 2, rule=lambda z: z[:, :2])
        with pytest.raises(ValueError, match="probabilities of the rule must"):
            generate(grammar, 2, rule=lambda z: np.ones(z.shape))


class TestBeam:
    def test_a_wide_beam_finds_all_sentences_in_order(self):
        grammar = toy()
        _, probs = all_sentences(grammar)
        beam = beam_search(grammar, 100)
        np.testing.assert_allclose(beam.log_probs, np.log(np.sort(probs)[::-1]), rtol=1e-13)
        np.testing.assert_allclose(grammar.log_prob(beam.sentences), beam.log_probs, rtol=1e-13)

    def test_a_beam_of_one_is_greedy_and_may_miss_the_best(self):
        grammar = toy()
        greedy = generate(grammar, 1, 0, rule=lambda z: top_k_probs(z, 1))
        np.testing.assert_array_equal(beam_search(grammar, 1).sentences, greedy)

    def test_what_does_not_end_is_no_sentence(self):
        model = NgramModel(2, 3).fit([[1, 1, 2, 1, 1]])
        assert beam_search(model, 4).sentences.shape == (0, 5)

    def test_wrong_arguments(self):
        with pytest.raises(ValueError, match="width must be"):
            beam_search(toy(), 0)


class TestSpeculative:
    @pytest.mark.parametrize("order", [1, 2])
    @pytest.mark.parametrize("lookahead", [1, 3])
    def test_sentences_have_the_probabilities_of_the_target(self, order, lookahead):
        grammar = toy()
        target, draft = (NgramModel.from_grammar(grammar, n) for n in (5, order))
        tokens, probs = all_sentences(grammar)
        n = 4000
        found = speculative_generate(target, draft, n, lookahead, random_state=order)
        counts = counts_of(found.sentences, tokens)
        assert counts.sum() == n
        assert within_chance(counts, probs, n)
        assert 1 < found.tokens_per_pass < lookahead + 1

    def test_a_draft_like_the_target_is_always_accepted(self):
        target = NgramModel.from_grammar(toy(), 5)
        found = speculative_generate(target, target, 500, 2, random_state=0)
        assert found.acceptance == 1
        # Every sentence of L tokens takes the passes that L / 3 needs.
        length = (found.sentences == 0).argmax(axis=1) + 1
        assert found.tokens_per_pass == length.sum() / np.ceil(length / 3).sum()

    def test_acceptance_is_what_the_distributions_have_in_common(self):
        grammar = toy()
        target, draft = (NgramModel.from_grammar(grammar, n) for n in (5, 1))
        found = speculative_generate(target, draft, 4000, 1, random_state=3)
        # With one proposal a round, each second token is a proposal as long as those are kept: at
        # the first token of a sentence there always is one.
        first = [np.exp(m.log_probs([[0]]))[0, 0] for m in (target, draft)]
        alone = speculative_generate(_Cut(target), _Cut(draft), 4000, 1, random_state=3)
        expected = np.minimum(*first).sum()
        error = np.sqrt(expected * (1 - expected) / 4000)
        assert abs(alone.acceptance - expected) < 4 * error
        assert 0 < found.acceptance < 1

    def test_wrong_arguments(self):
        grammar = toy()
        with pytest.raises(ValueError, match="lookahead must be"):
            speculative_generate(grammar, grammar, 1, 0)
        with pytest.raises(ValueError, match="draft has 4"):
            speculative_generate(grammar, NgramModel(1, 4).fit([[1, 0]]), 1)


class _Cut:
    """A model whose sentences have one token."""

    max_length = 1

    def __init__(self, model):
        self.vocabulary_size, self.log_probs = model.vocabulary_size, model.log_probs


def test_judge_counts_what_is_right_and_what_differs():
    grammar = toy()
    tokens = grammar.encode(["look.", "look.", "a cats.", "two cats sit."])
    tokens[1, 3] = 4  # after the end mark: no part of the sentence
    assert judge(grammar, tokens) == Judgement(grammatical=0.5, distinct=3, diversity=0.75)
