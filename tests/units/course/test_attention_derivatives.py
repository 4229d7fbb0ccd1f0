"""The backward pass of attention, and both passes by blocks."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softmax_course.numerics.attention import attention, attention_vjp, causal_mask
from softmax_course.numerics.attention_blocks import blockwise_attention, blockwise_attention_vjp
from softmax_course.numerics.derivatives import softmax_vjp
from softmax_course.numerics.functional import logsumexp
from softmax_course.verification.differences import complex_softmax, complex_step

U = np.finfo(float).eps / 2
NAMES = "grad_q", "grad_k", "grad_v"


def random_case(seed, m=5, n=7, d=3, width=2, batch=()):
    rng = np.random.default_rng(seed)
    q, k, v, g = (
        rng.normal(size=(*batch, *shape)) for shape in ((m, d), (n, d), (n, width), (m, width))
    )
    return q, k, v, g


def random_mask(seed, m, n):
    """Booleans of which each row holds at least one that is true."""
    rng = np.random.default_rng(seed)
    mask = rng.random((m, n)) < 0.4
    mask[np.arange(m), rng.integers(0, n, m)] = True
    return mask


def gradient_bound(q, k, v, g):
    """Bound the difference of two ways to the gradients, for weights of any kind.

    Each is a chain of five sums of at most n, d or width products and of one softmax. With
    weights of at most 1 every intermediate number is below the product of norms here, and each of
    the roundings moves it by a share of U; the exponent's error is that of a score, (d + 3) U |s|.
    """
    length = sum(q.shape[-1:] + v.shape[-1:] + q.shape[-2:-1] + k.shape[-2:-1])
    score = np.linalg.norm(q) * np.linalg.norm(k)
    size = np.linalg.norm(g) * np.linalg.norm(v) * (np.linalg.norm(q) + np.linalg.norm(k) + 1)
    size += np.linalg.norm(g)
    return 20 * length * U * (1 + score) * size


class TestVjp:
    @pytest.mark.parametrize("masked", [False, True])
    @pytest.mark.parametrize("seed", range(5))
    def test_complex_step(self, seed, masked):
        q, k, v, g = random_case(seed)
        mask = random_mask(seed, 5, 7) if masked else None
        bias = np.where(mask, 0, -np.inf) if masked else 0.0

        def loss(q, k, v):
            return (g * (complex_softmax(q @ k.T / np.sqrt(3) + bias) @ v)).sum()

        found = attention_vjp(q, k, v, g, mask)
        expected = (
            complex_step(lambda x: loss(x, k, v), q),
            complex_step(lambda x: loss(q, x, v), k),
            complex_step(lambda x: loss(q, k, x), v),
        )
        for a, b, name in zip(found, expected, NAMES, strict=True):
            assert np.abs(a - b).max() <= gradient_bound(q, k, v, g), name

    def test_the_step_to_the_scores_is_the_vjp_of_softmax(self):
        q, k, v, g = random_case(3)
        scores = q @ k.T / np.sqrt(3)
        grad_scores = softmax_vjp(scores, g @ v.T)
        found = attention_vjp(q, k, v, g)[0]
        assert np.abs(found - grad_scores @ k / np.sqrt(3)).max() <= gradient_bound(q, k, v, g)

    def test_broadcast_arguments_get_the_sum(self):
        q, k, v, g = random_case(0, batch=(4,))
        whole = attention_vjp(q, k[0], v[:1], g)
        each = [attention_vjp(q[i], k[0], v[0], g[i]) for i in range(4)]
        assert [a.shape for a in whole] == [(4, 5, 3), (7, 3), (1, 7, 2)]
        bound = 4 * gradient_bound(q, k, v, g)
        np.testing.assert_allclose(whole[0], [a[0] for a in each], rtol=0, atol=bound)
        np.testing.assert_allclose(whole[1], sum(a[1] for a in each), rtol=0, atol=bound)
        np.testing.assert_allclose(whole[2][0], sum(a[2] for a in each), rtol=0, atol=bound)

    def test_a_hidden_key_has_no_gradient(self):
        q, k, v, g = random_case(1)
        _, grad_k, grad_v = attention_vjp(q, k, v, g, np.arange(7) != 2)
        assert (grad_k[2] == 0).all()
        assert (grad_v[2] == 0).all()

    def test_keys_alone_may_have_leading_axes(self):
        q, k, v, g = random_case(0)
        keys = np.stack([k, 2 * k, -k])
        grads = attention_vjp(q, keys, v, np.stack([g] * 3))
        each = [attention_vjp(q, one, v, g) for one in keys]
        assert [a.shape for a in grads] == [q.shape, keys.shape, v.shape]
        np.testing.assert_allclose(grads[1], [a[1] for a in each], rtol=1e-12, atol=1e-14)

    def test_no_batch_at_all(self):
        q, k, v, g = random_case(0)
        none, one = np.zeros((0, *q.shape)), k[np.newaxis]
        grads = attention_vjp(none, one, v, np.zeros((0, *g.shape)))
        assert [a.shape for a in grads] == [none.shape, one.shape, v.shape]
        assert not any(a.any() for a in grads)

    def test_dtypes(self):
        q, k, v, g = (a.astype(np.float16) for a in random_case(0))
        assert {a.dtype for a in attention_vjp(q, k, v, g)} == {np.dtype(np.float16)}
        wider = attention_vjp(q, k, v, g.astype(np.float32))
        assert {a.dtype for a in wider} == {np.dtype(np.float32)}

    def test_bad_input(self):
        q, k, v, g = random_case(0)
        with pytest.raises(ValueError, match=r"grad_output must have shape \(5, 2\), got \(5, 3\)"):
            attention_vjp(q, k, v, np.ones((5, 3)))
        g[4, 1] = np.inf
        with pytest.raises(ValueError, match=r"grad_output must be finite: grad_output\[4, 1\]"):
            attention_vjp(q, k, v, g)
        with pytest.raises(ValueError, match="hides every"):
            attention_vjp(q, k, v, np.ones((5, 2)), np.zeros(7, bool))
        with pytest.raises(TypeError, match="grad_output must hold real"):
            attention_vjp(q, k, v, np.ones((5, 2), complex))


lengths = st.integers(1, 9)
sizes = st.integers(1, 10)


class TestBlocks:
    @given(lengths, lengths, sizes, st.booleans(), st.integers(0, 2**32 - 1))
    def test_same_as_all_at_once(self, m, n, block_size, masked, seed):
        q, k, v, g = random_case(seed, m, n)
        mask = random_mask(seed, m, n) if masked else None
        output, log_sums = blockwise_attention(q, k, v, mask, block_size=block_size)
        bound = gradient_bound(q, k, v, g) / np.linalg.norm(g)  # of the output: less than that
        assert np.abs(output - attention(q, k, v, mask)[0]).max() <= bound
        scores = q @ k.T / np.sqrt(3) + (np.where(mask, 0, -np.inf) if masked else 0)
        assert np.abs(log_sums - logsumexp(scores)).max() <= bound
        found = blockwise_attention_vjp(q, k, v, g, output, log_sums, mask, block_size=block_size)
        for a, b, name in zip(found, attention_vjp(q, k, v, g, mask), NAMES, strict=True):
            assert np.abs(a - b).max() <= gradient_bound(q, k, v, g), name

    @given(lengths, sizes, st.integers(0, 2**32 - 1))
    def test_causal(self, n, block_size, seed):
        q, k, v, g = random_case(seed, n, n)
        kept = blockwise_attention(q, k, v, causal=True, block_size=block_size)
        bound = gradient_bound(q, k, v, g)
        expected, _ = attention(q, k, v, causal_mask(n))
        assert np.abs(kept[0] - expected).max() <= bound / np.linalg.norm(g)
        found = blockwise_attention_vjp(q, k, v, g, *kept, causal=True, block_size=block_size)
        expected = attention_vjp(q, k, v, g, causal_mask(n))
        for a, b, name in zip(found, expected, NAMES, strict=True):
            assert np.abs(a - b).max() <= bound, name

    @pytest.mark.parametrize("block_size", [1, 2, 3, 64])
    def test_queries_and_blocks_that_see_nothing(self, block_size):
        q, k, v, g = random_case(5, 6, 6)
        mask = np.tri(6, dtype=bool)
        mask[4] = False  # sees no key
        mask[5, :4] = False  # sees none in its first blocks
        mask[:, 1] = False  # a key that nobody sees
        output, log_sums = blockwise_attention(q, k, v, mask, block_size=block_size)
        grads = blockwise_attention_vjp(q, k, v, g, output, log_sums, mask, block_size=block_size)
        seeing = mask.any(axis=1)
        bound = gradient_bound(q, k, v, g)
        expected, _ = attention(q[seeing], k, v, mask[seeing])
        assert np.abs(output[seeing] - expected).max() <= bound
        assert (output[4] == 0).all()
        assert log_sums[4] == -np.inf
        assert (grads[0][4] == 0).all()
        assert (grads[1][1] == 0).all()
        assert (grads[2][1] == 0).all()
        expected = attention_vjp(q[seeing], k, v, g[seeing], mask[seeing])
        for a, b in zip((grads[0][seeing], *grads[1:]), expected, strict=True):
            assert np.abs(a - b).max() <= bound

    def test_everything_hidden(self):
        q, k, v, g = random_case(0)
        for mask in (np.zeros((5, 7), bool), -np.inf):
            output, log_sums = blockwise_attention(q, k, v, mask, block_size=2)
            assert (output == 0).all()
            assert np.isneginf(log_sums).all()
            for grad in blockwise_attention_vjp(q, k, v, g, output, log_sums, mask):
                assert (grad == 0).all()

    @pytest.mark.parametrize(
        ("batches", "mask_shape"),
        [
            (((4,), (4,), (4,)), (7,)),
            (((4, 1), (3,), (3,)), (4, 1, 5, 7)),
            (((1,), (), (6,)), (5, 1)),
            (((), (), (2, 3)), ()),
        ],
    )
    def test_batches_and_masks_of_numbers(self, batches, mask_shape):
        rng = np.random.default_rng(0)
        q, k, v = (
            rng.normal(size=(*batch, *shape))
            for batch, shape in zip(batches, ((5, 3), (7, 3), (7, 2)), strict=True)
        )
        mask = rng.normal(size=mask_shape)
        output, log_sums = blockwise_attention(q, k, v, mask, block_size=3)
        expected, weights = attention(q, k, v, mask)
        g = rng.normal(size=expected.shape)
        bound = gradient_bound(q, k, v, g) * (1 + np.abs(mask).max())
        assert log_sums.shape == weights.shape[:-1]
        np.testing.assert_allclose(output, expected, rtol=0, atol=bound)
        found = blockwise_attention_vjp(q, k, v, g, output, log_sums, mask, block_size=4)
        for a, b, x in zip(found, attention_vjp(q, k, v, g, mask), (q, k, v), strict=True):
            assert a.shape == b.shape == x.shape
            np.testing.assert_allclose(a, b, rtol=0, atol=bound)

    def test_large_scores_are_stable(self):
        k = np.array([[1.0], [-1.0], [1e150], [-1e150]])
        with np.errstate(all="raise"):
            output, log_sums = blockwise_attention([[1e150]], k, k, block_size=1)
            blockwise_attention_vjp([[1e150]], k, k, [[1.0]], output, log_sums, block_size=1)
        np.testing.assert_array_equal(output, [[1e150]])
        np.testing.assert_array_equal(log_sums, [1e150 * 1e150])

    def test_float16_is_computed_in_float32(self):
        q, k, v, g = (a.astype(np.float16) for a in random_case(0))
        output, log_sums = blockwise_attention(q, k, v, block_size=2)
        assert output.dtype == np.float16
        assert log_sums.dtype == np.float32
        grads = blockwise_attention_vjp(q, k, v, g, output, log_sums)
        assert {a.dtype for a in grads} == {np.dtype(np.float16)}
        half_an_ulp = np.finfo(np.float16).eps / 2
        expected, _ = attention(q, k, v)
        assert np.abs(output - expected).max() <= 4 * half_an_ulp * np.abs(expected).max()

    def test_a_finite_mask_beyond_float32_hides_nothing_for_good(self):
        q = np.ones((2, 1), np.float32)
        output, _ = blockwise_attention(q, q, q, np.full((2, 2), -1e300), block_size=1)
        np.testing.assert_array_equal(output, q)

    def test_nan_stays_with_its_query(self):
        q, k, v, _ = random_case(0)
        q[1] = np.nan
        output, log_sums = blockwise_attention(q, k, v, block_size=2)
        np.testing.assert_array_equal(np.isnan(output).all(axis=1), np.arange(5) == 1)
        np.testing.assert_array_equal(np.isnan(log_sums), np.arange(5) == 1)

    def test_memory_is_that_of_a_block(self):
        n = 1024
        rng = np.random.default_rng(0)
        q, k, v, g = rng.normal(size=(4, n, 4))
        tracemalloc.start()
        kept = blockwise_attention(q, k, v, causal=True)
        blockwise_attention_vjp(q, k, v, g, *kept, causal=True)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < n * n * 8 / 8

    @pytest.mark.parametrize(
        ("change", "error", "words"),
        [
            ({"causal": True}, ValueError, "as many queries as keys, got 5 and 7"),
            ({"block_size": 0}, ValueError, "block_size must be an integer of at least 1"),
            ({"block_size": 2.0}, TypeError, "block_size must be an integer"),
            ({"mask": np.zeros((3, 7))}, ValueError, "does not broadcast"),
            ({"mask": np.full(7, np.inf)}, ValueError, r"must not hold \+inf"),
            ({"mask": np.ma.array(np.zeros(7))}, TypeError, "mask is a masked array"),
            ({"k": np.ones((7, 2))}, ValueError, "as many features"),
            ({"q": np.full((5, 3), 1e200), "k": np.full((7, 3), 1e200)}, ValueError, "too large"),
        ],
    )
    def test_bad_input(self, change, error, words):
        q, k, v, g = random_case(0)
        arguments = {"q": q, "k": k, "v": v, **change}
        with pytest.raises(error, match=words):
            blockwise_attention(**arguments)
        with pytest.raises(error, match=words):
            blockwise_attention_vjp(
                **arguments, grad_output=g, output=np.zeros((5, 2)), log_sums=np.zeros(5)
            )

    def test_bad_results_of_the_forward_pass(self):
        q, k, v, g = random_case(0)
        output, log_sums = blockwise_attention(q, k, v)
        with pytest.raises(ValueError, match=r"output must have shape \(5, 2\), got \(5, 1\)"):
            blockwise_attention_vjp(q, k, v, g, output[:, :1], log_sums)
        with pytest.raises(ValueError, match=r"log_sums must have shape \(5,\), got \(5, 1\)"):
            blockwise_attention_vjp(q, k, v, g, output, log_sums[:, None])
