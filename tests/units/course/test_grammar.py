"""Grammars: their entropy, their sentences, agreement, and the files they come from."""

import itertools
import unicodedata
from collections import defaultdict

import numpy as np
import pytest
from grammar_cases import LANGUAGES, TOY, all_sentences, toy, within_chance

from softmax_course.models.grammar import Grammar
from softmax_course.models.ngram import NgramModel
from softmax_course.teaching import language
from softmax_course.teaching.grammars import load_grammar, read_grammar

U = np.finfo(float).eps / 2


def lengths(tokens):
    return (tokens == 0).argmax(axis=1) + 1


class TestExactSums:
    def test_entropy_and_length_are_those_of_all_sentences(self):
        grammar = toy()
        tokens, probs = all_sentences(grammar)
        assert len(tokens) == grammar.n_sentences == len({tuple(row) for row in tokens})
        # Some dozens of terms of size 1: a hundred roundings are more than there are.
        assert probs.sum() == pytest.approx(1, abs=100 * U)
        assert grammar.sentence_entropy == pytest.approx(
            -(probs * np.log(probs)).sum(), rel=200 * U
        )
        assert grammar.expected_length == pytest.approx(probs @ lengths(tokens), rel=200 * U)
        assert grammar.entropy_per_token == grammar.sentence_entropy / grammar.expected_length
        assert grammar.max_length == lengths(tokens).max()
        np.testing.assert_allclose(grammar.log_prob(tokens), np.log(probs), rtol=100 * U)

    @pytest.mark.parametrize("n", range(1, 6))
    def test_ngram_entropy_is_that_of_all_sentences(self, n):
        grammar = toy()
        tokens, probs = all_sentences(grammar)
        flow = defaultdict(lambda: np.zeros(grammar.vocabulary_size))
        for row, prob in zip(tokens, probs, strict=True):
            words = [0] * (n - 1) + row[: lengths(row[None])[0]].tolist()
            for end in range(n - 1, len(words)):
                flow[tuple(words[end - n + 1 : end])][words[end]] += prob
        total = 0.0
        for weights in flow.values():
            seen = weights[weights > 0]
            total -= (seen * np.log(seen / seen.sum())).sum()
        expected = total / grammar.expected_length
        assert grammar.ngram_entropy(n) == pytest.approx(expected, rel=1000 * U)
        # The model itself, on all sentences by their probabilities, pays that.
        model = NgramModel.from_grammar(grammar, n)
        paid = -np.take_along_axis(model.log_probs(tokens), tokens[..., None], 2)[..., 0]
        paid = np.where(grammar.mask(tokens), paid, 0).sum(axis=1)
        assert probs @ paid / grammar.expected_length == pytest.approx(expected, rel=1000 * U)

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_more_context_never_costs_more(self, code):
        grammar = load_grammar(code)
        costs = [grammar.ngram_entropy(n) for n in range(1, 5)]
        assert all(a >= b - 1e-12 for a, b in itertools.pairwise(costs))
        assert costs[-1] > grammar.entropy_per_token + 0.02, "agreement reaches further than that"

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_entropy_is_what_sentences_show(self, code):
        grammar = load_grammar(code)
        tokens = grammar.sample(4000, random_state=5)
        surprise = -grammar.log_prob(tokens)
        # The error of the ratio of two means, by the spread of its numerator around the line.
        spread = (surprise - grammar.entropy_per_token * lengths(tokens)).std()
        error = spread / np.sqrt(len(tokens)) / grammar.expected_length
        mean = surprise.sum() / lengths(tokens).sum()
        assert abs(mean - grammar.entropy_per_token) < 4 * error


class TestSentences:
    def test_samples_have_the_probabilities_of_the_grammar(self):
        grammar = toy()
        tokens, probs = all_sentences(grammar)
        drawn = grammar.sample(20_000, random_state=1)
        assert grammar.is_grammatical(drawn).all()
        counts = [(drawn == row).all(axis=1).sum() for row in tokens]
        assert sum(counts) == len(drawn)
        assert within_chance(np.array(counts), probs, len(drawn))

    def test_the_seed_decides(self):
        grammar = toy()
        np.testing.assert_array_equal(grammar.sample(50, 3), grammar.sample(50, 3))
        assert (grammar.sample(50, 3) != grammar.sample(50, 4)).any()
        assert grammar.sample(0, 3).shape == (0, grammar.max_length)

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_text_and_ids_are_the_same(self, code):
        grammar = load_grammar(code)
        tokens = grammar.sample(300, random_state=2)
        text = grammar.decode(tokens)
        np.testing.assert_array_equal(grammar.encode(text), tokens)
        without_end = [sentence.removesuffix(grammar.vocabulary[0]) for sentence in text]
        np.testing.assert_array_equal(grammar.encode(without_end), tokens)
        assert grammar.decode(grammar.encode(without_end[0])) == without_end[0]

    def test_both_forms_of_a_letter_are_read(self):
        grammar = load_grammar("bn")
        apart = grammar.encode("সে চা খায়")
        joined = "সে চা খা\u09df"
        assert joined != unicodedata.normalize("NFC", joined)
        np.testing.assert_array_equal(grammar.encode(joined), apart)

    def test_what_follows_an_ending_or_a_wrong_beginning(self):
        grammar = toy()
        tokens = grammar.encode(["look.", "a cats."])
        assert grammar.is_grammatical(tokens).tolist() == [True, False]
        assert grammar.log_prob(tokens)[1] == -np.inf
        np.testing.assert_array_equal(grammar.probs(tokens[:1])[0, 2:, 0], 1)
        with pytest.raises(ValueError, match="no sentence of the grammar begins with 'a cats'"):
            grammar.probs(tokens)
        cut = grammar.encode(["two red cats sit here"])[:, :4]
        assert not grammar.is_grammatical(cut)[0]

    def test_wrong_texts_and_tokens(self):
        grammar = toy()
        with pytest.raises(ValueError, match="'dog' in 'a dog' is not in the vocabulary"):
            grammar.encode("a dog")
        with pytest.raises(ValueError, match="longer than 6 tokens"):
            grammar.encode(["a a a a a a"])
        with pytest.raises(ValueError, match="a single sentence is a matrix of one row"):
            grammar.log_prob([1, 2, 0])
        with pytest.raises(ValueError, match="ids from 0 to"):
            grammar.log_prob([[99, 0]])
        with pytest.raises(TypeError, match="integer ids"):
            grammar.log_prob([[1.0, 0.0]])
        with pytest.raises(ValueError, match="from 1 to 5"):
            grammar.ngram_entropy(6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stop": [(".", 0.5, None)]}, "state 'stop' sum to 0.5"),
        ({"here": [("sit", 0.5, "stop"), ("sit", 0.5, "here")]}, "'sit' leaves state 'here' twice"),
        ({"here": [("sit", 1.0, "stop")]}, "can be left and reached again"),
        ({"here": [(".", 1.0, "stop")]}, "the end mark '.' leads to"),
        ({"here": [("sit", 1.0, None)]}, "the end mark '.' leads to"),
        ({"here": [("sit", 1.0, "nowhere")]}, "'nowhere', which is no state"),
        ({"here": [("sit", -1.0, "stop")]}, "probability -1.0"),
        ({"island": [(".", 1.0, None)]}, "'island' is never reached"),
    ],
)
def test_a_grammar_that_is_none_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Grammar({**TOY, **change})


@pytest.mark.parametrize("code", LANGUAGES)
class TestAgreement:
    def test_a_swapped_sentence_is_grammatical_and_of_another_class(self, code):
        grammar = load_grammar(code)
        agreement = grammar.agreement
        tokens = grammar.sample(2000, random_state=7)
        for seed in range(3):
            swapped = agreement.swap(tokens, random_state=seed)
            assert grammar.is_grammatical(swapped).all()
            source = agreement.source_mask(tokens)
            np.testing.assert_array_equal(source.sum(axis=1), 1)
            assert (swapped[source] != tokens[source]).all()
            np.testing.assert_array_equal(agreement.places(swapped), agreement.places(tokens))
        for name in agreement.classes:
            there = agreement.swap(tokens, name)
            np.testing.assert_array_equal(agreement.swap(there, name), there)
            mass = agreement.class_probs(grammar, there)
            assert (mass.argmax(axis=1) == agreement.classes.index(name)).all()

    def test_places_are_far_from_their_source_and_the_grammar_is_right(self, code):
        grammar = load_grammar(code)
        agreement = grammar.agreement
        tokens = grammar.sample(2000, random_state=8)
        places = agreement.places(tokens)
        rows, columns = places.nonzero()
        sources = agreement.source_mask(tokens).argmax(axis=1)
        assert (columns - sources[rows] >= 2).all()
        assert places.any(axis=1).mean() > 0.5
        assert agreement.share(grammar, tokens) == 1
        assert agreement.share(NgramModel.from_grammar(grammar, 2), tokens) < 0.5

    def test_distractors_decide_nothing(self, code):
        grammar = load_grammar(code)
        agreement = grammar.agreement
        tokens = grammar.sample(2000, random_state=9)
        changed = agreement.swap_distractor(tokens, random_state=0)
        assert (changed != tokens).any(axis=1).mean() > 0.2
        source = agreement.source_mask(tokens)
        np.testing.assert_array_equal(changed[source], tokens[source])
        np.testing.assert_array_equal(agreement.places(changed), agreement.places(tokens))

    def test_blank_takes_the_source_alone(self, code):
        grammar = load_grammar(code)
        tokens = grammar.sample(100, random_state=10)
        blank = grammar.agreement.blank(tokens)
        np.testing.assert_array_equal(blank != tokens, grammar.agreement.source_mask(tokens))


def test_wrong_arguments_of_agreement():
    grammar = load_grammar("ru")
    tokens = grammar.encode(["кот спал долго."])
    with pytest.raises(ValueError, match="to must be one of мужской, женский, средний"):
        grammar.agreement.swap(tokens, "общий")
    with pytest.raises(ValueError, match="not its neighbor"):
        grammar.agreement.share(grammar, tokens)
    with pytest.raises(ValueError, match="do not fit to tokens"):
        grammar.agreement.weight_on_source(np.ones((1, 2, 2)), tokens)
    with pytest.raises(ValueError, match="as many words in each class"):
        Grammar(TOY, agreement={"source": {"1": ["a"], "2": ["two", "look"]}, "target": {}})
    with pytest.raises(ValueError, match=r"target has classes \('1',\)"):
        Grammar(TOY, agreement={"source": {"1": ["a"], "2": ["two"]}, "target": {"1": ["sits"]}})
    with pytest.raises(ValueError, match="'a' stands twice"):
        Grammar(TOY, agreement={"source": {"1": ["a"], "2": ["a"]}, "target": {}})


class TestFiles:
    SOURCE = """
        end = "."
        separator = " "
        rank_power = 1.0
        features.g = {m = 0.6, f = 0.4}
        words.noun = {m = ["cat", "dog"], f = ["fox", "owl"]}
        words.verb = {m = ["runs"], f = ["flies"]}
        states.start = [{each = ["g"], words = "noun {g}", to = "verb {g}"}]
        states."verb {g}" = [
            {share = 0.75, words = "verb {g}", to = "stop"}, {share = 0.25, to = "stop"},
        ]
        states.stop = [{words = ["."]}]
        agreement.feature = "g"
        agreement.names = {m = "M", f = "F"}
        agreement.source = ["noun {g}"]
        agreement.target = ["verb {g}"]
    """

    def test_what_is_written_once_is_repeated_for_each_value(self):
        grammar = read_grammar(self.SOURCE)
        assert grammar.vocabulary == (".", "cat", "dog", "fox", "owl", "runs", "flies")
        # Ranks 1 and 2 weigh 2/3 and 1/3.
        np.testing.assert_allclose(grammar.next_probs("")[1:5], [0.4, 0.2, 0.8 / 3, 0.4 / 3])
        np.testing.assert_allclose(grammar.next_probs("owl")[[0, 6]], [0.25, 0.75])
        assert grammar.agreement.classes == ("M", "F")

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('"verb {g}", to = "stop"}', '"verbs {g}", to = "stop"}', "no list of words 'verbs m'"),
            ('to = "verb {g}"', 'to = "very {g}"', "no state 'very m'"),
            ('each = ["g"]', 'each = ["h"]', r"\{h\} is no feature"),
            ("share = 0.75", "share = 0.7", "sum to 0.95"),
            ("share = 0.75", "share = 1.75", "maximum|smaller|<= 1|must be"),
            ('["fox", "owl"]', '["fox", "cat"]', "'cat' leaves state 'start' twice"),
        ],
    )
    def test_what_is_wrong_is_named(self, old, new, message):
        assert old in self.SOURCE
        with pytest.raises(ValueError, match=message):
            read_grammar(self.SOURCE.replace(old, new))

    def test_the_language_in_use_is_the_default(self):
        with language.using("zh"):
            assert load_grammar() is load_grammar("zh")
        with pytest.raises(ValueError, match="code must be one of bn, ru, zh, got 'en'"):
            load_grammar("en")

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_vocabularies_are_of_one_unicode_form_and_of_the_size_that_pages_tell(self, code):
        grammar = load_grammar(code)
        assert all(unicodedata.is_normalized("NFC", word) for word in grammar.vocabulary)
        assert 60 <= grammar.vocabulary_size <= 110
        assert grammar.max_length <= 12


def test_indices_of_32_bits_are_enough():
    """In the page's Python an index has 32 bits; pairs of state and context need more."""
    grammar, narrow = load_grammar("ru"), load_grammar("ru")
    automaton = narrow._automaton
    for name in ("following", "_first", "_degree", "_token"):
        setattr(automaton, name, getattr(automaton, name).astype(np.int32))
    assert narrow.ngram_entropy(5) == grammar.ngram_entropy(5)
