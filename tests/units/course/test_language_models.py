"""n-grams, the attention model, and how far they are from a grammar."""

from collections import Counter

import numpy as np
import pytest
from grammar_cases import LANGUAGES, all_sentences, toy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from softmax_course.models.attention_model import AttentionModel
from softmax_course.models.evaluation import compare_with_grammar, judge, perplexity
from softmax_course.models.ngram import NgramModel
from softmax_course.numerics.attention import attention, causal_mask
from softmax_course.numerics.functional import log_softmax, softmax
from softmax_course.numerics.losses import kl_divergence
from softmax_course.numerics.regression import SoftmaxRegression
from softmax_course.teaching.grammars import load_grammar

U = np.finfo(float).eps / 2

texts = hnp.arrays(int, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.integers(0, 3))


class TestNgram:
    @given(texts, st.integers(1, 5), st.sampled_from([0.0, 0.5]))
    def test_against_a_plain_loop(self, tokens, order, smoothing):
        model = NgramModel(order, 4, smoothing).fit(tokens)
        counts = Counter()
        for row in tokens.tolist():
            words = [0] * (order - 1) + row
            for end in range(order - 1, len(words)):
                counts[tuple(words[end - order + 1 : end + 1])] += 1
                if words[end] == 0:
                    break
        probs = np.exp(model.log_probs(tokens))
        for row, distributions in zip(tokens.tolist(), probs, strict=True):
            words = [0] * (order - 1) + row
            for position, p in enumerate(distributions):
                context = tuple(words[position : position + order - 1])
                n = np.array([counts[(*context, word)] for word in range(4)]) + smoothing
                seen = any((*context, word) in counts for word in range(4))
                np.testing.assert_allclose(p, n / n.sum() if seen else 0.25, rtol=20 * U)

    def test_counting_is_what_gradient_descent_ends_at(self):
        grammar = toy()
        bigram = NgramModel(2, grammar.vocabulary_size, 1.0).fit(grammar.sample(500, 0))
        counts = bigram.counts_ + bigram.smoothing
        share = counts / counts.sum(axis=1, keepdims=True)
        Z = np.zeros_like(share)
        for _ in range(4000):
            Z -= softmax(Z) - share
        # The slowest rate is the smallest share, above 1/600: exp(-4000/600) of the start is left.
        np.testing.assert_allclose(softmax(Z), share, atol=2e-3)

    def test_counting_is_softmax_regression_on_one_hot_words(self):
        tokens = np.array([[1, 2, 0], [1, 1, 0], [2, 1, 0], [2, 2, 0], [1, 2, 2]])
        bigram = NgramModel(2, 3, 1.0).fit(tokens)
        counts = (bigram.counts_ + bigram.smoothing).astype(int)
        context, word = np.indices(counts.shape)
        X, y = np.eye(3)[np.repeat(context, counts.ravel())], np.repeat(word, counts.ravel())
        model = SoftmaxRegression(alpha=0, solver="newton", tol=1e-12).fit(X, y)
        # With a gradient of 1e-12 and curvatures above 0.01, probabilities are right to 1e-9.
        np.testing.assert_allclose(
            model.predict_proba(np.eye(3)), counts / counts.sum(axis=1, keepdims=True), atol=1e-9
        )

    def test_few_sentences_are_too_few_for_trigrams(self):
        grammar = load_grammar("ru")
        test = grammar.sample(1000, 99)
        few, many = ([], [])
        for size, gaps in ((300, few), (30_000, many)):
            for order in (2, 3):
                model = NgramModel(order, grammar.vocabulary_size, 0.1)
                model.fit(grammar.sample(size, 1))
                gaps.append(compare_with_grammar(model, grammar, test).mean("divergence"))
        assert few[1] > few[0]
        assert many[1] < many[0]

    def test_wrong_arguments(self):
        for order in (0, 6):
            with pytest.raises(ValueError, match="order must be an integer from 1 to 5"):
                NgramModel(order, 4)
        with pytest.raises(ValueError, match="smoothing must be"):
            NgramModel(2, 4, -1.0)
        with pytest.raises(ValueError, match="can be numbered"):
            NgramModel(5, 10_000)
        with pytest.raises(ValueError, match="no sentence to count"):
            NgramModel(2, 4).fit(np.zeros((0, 3), int))
        with pytest.raises(AttributeError, match="call fit or from_grammar first"):
            NgramModel(2, 4).log_probs([[1, 0]])


def small(attention=True, seed=0, dtype=np.float64):
    model = AttentionModel(7, 6, width=5, attention=attention, dtype=dtype, random_state=seed)
    # Larger than at the start of training, so that weights are far from even.
    for values in model.parameters.values():
        values += np.random.default_rng(seed).normal(size=values.shape).astype(dtype)
    return model


class TestAttentionModel:
    @pytest.mark.parametrize("with_attention", [True, False])
    @pytest.mark.parametrize("seed", range(3))
    def test_gradient_is_that_of_the_complex_step(self, with_attention, seed):
        model = small(with_attention, seed)
        rng = np.random.default_rng(seed)
        tokens = rng.integers(0, 7, (4, 5))
        gradient = model.gradient(tokens)
        assert gradient.keys() == model.parameters.keys()
        for name in model.parameters:
            direction = rng.normal(size=gradient[name].shape)
            moved = {k: v.astype(complex) for k, v in model.parameters.items()}
            moved[name] += 1e-30j * direction
            slope = model.loss(tokens, moved).imag / 1e-30
            # Both are sums of some thousands of products of numbers of size 1 to 10.
            size = np.abs(gradient[name] * direction).sum() + 1
            assert abs((gradient[name] * direction).sum() - slope) < 1e4 * U * size, name

    def test_the_head_is_the_attention_of_the_course(self):
        model = small()
        tokens = np.random.default_rng(1).integers(1, 7, (3, 6))
        p = model.parameters
        inputs = np.column_stack([np.zeros(3, int), tokens[:, :-1]])
        x = p["embedding"][inputs] + p["position"]
        mean, weights = attention(x @ p["score"], x, x, causal_mask(6))
        np.testing.assert_allclose(model.attention_weights(tokens), weights, rtol=1e-10, atol=1e-12)
        z = (x + mean) @ p["output"] + p["bias"]
        # Scores of size 100 carry rounding of 1e-14 into the weights, logits that of the weights.
        np.testing.assert_allclose(model.log_probs(tokens), log_softmax(z), rtol=1e-10, atol=1e-10)

    def test_nothing_later_is_looked_at(self):
        model = small()
        tokens = np.random.default_rng(2).integers(0, 7, (4, 6))
        before = model.log_probs(tokens)
        for t in range(6):
            changed = tokens.copy()
            changed[:, t:] = (changed[:, t:] + 1) % 7
            np.testing.assert_allclose(model.log_probs(changed)[:, : t + 1], before[:, : t + 1])

    def test_what_fills_a_row_does_not_count(self):
        model = small()
        tokens = np.array([[1, 2, 0], [3, 0, 0]])
        wider = np.array([[1, 2, 0, 4, 4], [3, 0, 5, 5, 5]])
        np.testing.assert_allclose(model.loss(wider), model.loss(tokens), rtol=1e-12)
        np.testing.assert_allclose(
            model.gradient(wider)["output"], model.gradient(tokens)["output"], rtol=1e-9, atol=1e-12
        )

    def test_loss_is_the_logarithm_of_perplexity(self):
        model = small()
        tokens = np.array([[1, 2, 0], [3, 0, 0]])
        assert np.log(perplexity(model, tokens)) == pytest.approx(model.loss(tokens), rel=1e-12)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_training_keeps_the_dtype_and_the_seed_decides(self, dtype):
        grammar = toy()

        def trained(seed):
            model = AttentionModel(
                grammar.vocabulary_size, grammar.max_length, 8, dtype=dtype, random_state=seed
            )
            return model.fit(grammar, 30)

        one, same, other = trained(0), trained(0), trained(1)
        assert all(values.dtype == dtype for values in one.parameters.values())
        assert all(values.dtype == dtype for values in one.gradient([[1, 0]]).values())
        assert one.attention_weights([[1, 0]]).dtype == dtype
        assert one.log_probs([[1, 0]]).dtype == np.float64
        for name, values in one.parameters.items():
            np.testing.assert_array_equal(values, same.parameters[name])
        assert (one.parameters["bias"] != other.parameters["bias"]).any()

    def test_training_reaches_a_small_grammar(self):
        grammar = toy()
        tokens, _ = all_sentences(grammar)
        model = AttentionModel(grammar.vocabulary_size, grammar.max_length, 16, random_state=0)
        start = model.loss(tokens)
        test = grammar.sample(200, 1)
        model.fit(grammar, 400, measure=lambda m: m.loss(test), when=[0, 400])
        assert model.history_[400] < model.history_[0]
        assert model.loss(tokens) < start
        assert compare_with_grammar(model, grammar, test).mean("divergence") < 0.02
        model.fit(grammar, 5, measure=lambda m: "later", when=[5])
        assert model.steps_ == 405
        assert list(model.history_) == [0, 400, 405]

    def test_wrong_arguments(self):
        grammar = toy()
        with pytest.raises(ValueError, match="dtype must be float32 or float64"):
            AttentionModel(7, 6, dtype=np.float16)
        with pytest.raises(ValueError, match="it has no weights"):
            small(attention=False).attention_weights([[1, 0]])
        with pytest.raises(ValueError, match="the model has 6 positions, the sentences have 7"):
            small().log_probs(np.zeros((1, 7), int))
        with pytest.raises(ValueError, match="words, the model has 7"):
            small().fit(grammar, 1)
        with pytest.raises(ValueError, match="the model has 2 positions"):
            AttentionModel(grammar.vocabulary_size, 2).fit(grammar, 1)
        with pytest.raises(ValueError, match="an entry of when"):
            AttentionModel(grammar.vocabulary_size, 9).fit(grammar, 2, when=[3])


@pytest.mark.slow
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_head_learns_agreement_and_the_control_does_not(code):
    grammar = load_grammar(code)
    agreement = grammar.agreement
    test = grammar.sample(1000, 999)
    swapped = agreement.swap(test, random_state=3)
    gaps = {}
    for with_attention in (True, False):
        for seed in range(5):
            model = AttentionModel(
                grammar.vocabulary_size,
                grammar.max_length,
                attention=with_attention,
                random_state=seed,
            ).fit(grammar, 1000)
            gap = compare_with_grammar(model, grammar, test).mean("divergence")
            gaps.setdefault(with_attention, []).append(gap)
            if with_attention:
                assert agreement.share(model, swapped) >= 0.99
    # The bars of the course; `fit` with its 2000 steps is further below them.
    assert max(gaps[True]) <= 0.01
    assert min(gaps[False]) >= max(gaps[True]) + 0.1


class TestComparison:
    @pytest.mark.parametrize("code", LANGUAGES)
    def test_cross_entropy_is_entropy_and_divergence_at_every_beginning(self, code):
        grammar = load_grammar(code)
        tokens = grammar.sample(200, 0)
        model = AttentionModel(grammar.vocabulary_size, grammar.max_length, random_state=0)
        found = compare_with_grammar(model, grammar, tokens)
        # A sum of at most a hundred terms below 10 on each side.
        np.testing.assert_allclose(
            found.cross_entropy, found.entropy + found.divergence, atol=2000 * U, rtol=0
        )
        q, p = grammar.probs(tokens), np.exp(model.log_probs(tokens))
        mask = found.mask
        np.testing.assert_allclose(
            found.divergence[mask], kl_divergence(q, p)[mask], atol=2000 * U, rtol=0
        )
        assert found.mean("entropy") == pytest.approx(found.entropy[mask].mean())

    def test_the_grammar_is_at_no_distance_from_itself(self):
        grammar = toy()
        found = compare_with_grammar(grammar, grammar, grammar.sample(50, 0))
        np.testing.assert_array_equal(found.divergence, 0)

    def test_what_a_model_thinks_impossible_costs_infinitely_much(self):
        grammar = toy()
        model = NgramModel(2, grammar.vocabulary_size).fit(grammar.encode(["look."]))
        found = compare_with_grammar(model, grammar, grammar.encode(["look."]))
        assert found.divergence[0, 0] == np.inf
        assert found.cross_entropy[0, 0] == np.inf

    def test_perplexity_of_all_sentences(self):
        grammar = toy()
        tokens, _ = all_sentences(grammar)
        mean = grammar.log_prob(tokens).sum() / grammar.mask(tokens).sum()
        assert perplexity(grammar, tokens) == pytest.approx(np.exp(-mean), rel=1e-13)

    def test_wrong_arguments(self):
        grammar = toy()
        none = np.zeros((0, 6), int)
        with pytest.raises(ValueError, match="perplexity of no sentence"):
            perplexity(grammar, none)
        with pytest.raises(ValueError, match="no sentence to judge"):
            judge(grammar, none)
        with pytest.raises(ValueError, match="name must be one of entropy"):
            compare_with_grammar(grammar, grammar, none).mean("loss")
