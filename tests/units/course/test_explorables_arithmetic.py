"""Noise, formats of numbers, one pass, attention: what the scripts compute, against the course."""

import json
import math
from fractions import Fraction

import numpy as np
import pytest

import softmax_course as course
from softmax_course.numerics.online import OnlineLogSumExp
from softmax_course.teaching import explorables
from softmax_course.teaching.explorables.gumbel import LOGITS, SEED, uniforms
from softmax_course.teaching.explorables.overflow import FORMATS, OFFSETS, bits, round_to

U = 2.0**-53
TYPES = {
    "float16": (np.float16, np.uint16),
    "float32": (np.float32, np.uint32),
    "float64": (np.float64, np.uint64),
}
#: JSON has neither infinities nor nan.
NUMBER = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


@pytest.fixture
def script(page):
    """Return a function that runs code with the arithmetic of an explorable as `m`."""

    def run(name, code, data=None):
        page.set_content(f"<main>{getattr(explorables, name)()._repr_html_()}</main>")
        root = page.locator(f".smx-{name}")
        text = root.evaluate(
            f"""(root, text) => {{
                const m = root.softmax;
                const result = ((data) => {{ {code} }})(JSON.parse(text));
                return JSON.stringify(result, (_, x) =>
                    typeof x === "number" && !Number.isFinite(x) ? String(x) : x);
            }}""",
            json.dumps(data),  # a text: Playwright takes long over thousands of numbers
        )
        return numbers(json.loads(text, parse_int=float))

    return run


def numbers(value):
    """Return the same with infinities and nan, which JSON has not, as numbers."""
    if isinstance(value, dict):
        return {key: numbers(part) for key, part in value.items()}
    if isinstance(value, list):
        return [numbers(part) for part in value]
    return NUMBER.get(value, value) if isinstance(value, str) else value


def values():
    """Yield numbers of every size, subnormal in each format, and the ties between neighbours."""
    rng = np.random.default_rng(7)
    yield from (0.0, -0.0, 65504.0, 65519.99, 65520.0, 65536.0, 2.0**128, 2.0**-1074, 2.0**-24)
    yield np.nextafter(65520.0, 0)
    yield np.nextafter(2.0**128, 0)
    for low, high in ((-27, 17), (-151, 129), (-136, 129), (-1074, 1023)):
        sizes = np.ldexp(rng.uniform(1, 2, 700), rng.integers(low, high, 700))
        yield from sizes * rng.choice([-1, 1], 700)
    for fraction, low, high in ((10, -24, 15), (7, -133, 127), (23, -149, 127)):
        for _ in range(400):
            middle = math.ldexp(
                2 * int(rng.integers(2 ** (fraction + 1))) + 1,
                int(rng.integers(low, high + 1)) - fraction - 1,
            )
            yield from (middle, np.nextafter(middle, np.inf), np.nextafter(middle, 0))


def to_bfloat16(value):
    """Round in whole numbers: `round` of a fraction takes the even one of two."""
    if value == 0 or not math.isfinite(value):
        return value
    power = max(math.frexp(value)[1] - 1, -126)
    gap = Fraction(2) ** (power - 7)
    near = round(abs(Fraction(value)) / gap) * gap
    return math.copysign(math.inf if near >= Fraction(2) ** 128 else float(near), value)


def test_rounding_and_bits_are_those_of_the_hardware(script):
    inputs = [float(value) for value in values()]
    # Sent as text: a zero keeps its sign.
    got = script(
        "overflow",
        """return Object.fromEntries(Object.entries(data.names).map(([_, name]) => [name,
            data.inputs.map((text) => {
                const y = m.round(Number(text), name);
                return [Object.is(y, -0) ? "-0" : String(y), m.bits(y, name).join("")];
            })]));""",
        {"names": list(FORMATS), "inputs": [repr(value) for value in inputs]},
    )
    for name, results in got.items():
        rounded = np.array([float(text) for text, _ in results])
        if name == "bfloat16":
            expected = np.array([to_bfloat16(value) for value in inputs])
            patterns = expected.astype(np.float32).view(np.uint32) >> 16
            width = 16
        else:
            dtype, unsigned = TYPES[name]
            with np.errstate(over="ignore"):
                narrow = np.array(inputs).astype(dtype)
            expected, patterns = narrow.astype(float), narrow.view(unsigned)
            width = 8 * narrow.itemsize
        assert np.array_equal(rounded, expected), name
        assert np.array_equal(np.signbit(rounded), np.signbit(expected)), name
        wanted = [f"{pattern:0{width}b}" for pattern in patterns.tolist()]
        assert [digits for _, digits in results] == wanted, name
        kind = FORMATS[name]
        python = [round_to(value, kind) for value in inputs]
        assert python == expected.tolist(), name
        assert ["".join(bits(value, kind)) for value in python if value] == [
            digits for digits, value in zip(wanted, python, strict=True) if value
        ]


def test_bits_of_infinity_and_nan(script):
    got = script(
        "overflow", "return [Infinity, -Infinity, NaN].map((x) => m.bits(x, 'float16').join(''));"
    )
    patterns = np.array([np.inf, -np.inf, np.nan], np.float16).view(np.uint16).tolist()
    assert got == [f"{pattern:016b}" for pattern in patterns]


@pytest.mark.parametrize("name", FORMATS)
def test_both_formulas_in_every_format(script, name):
    dial = np.round(np.linspace(-800, 800, 801), 3).tolist() + np.linspace(-20, 13, 331).tolist()
    got = script("overflow", f"return data.map((x) => m.compute(x, '{name}'));", dial)
    kind = FORMATS[name]
    gap = 2.0**-kind.fraction
    for x, result in zip(dial, got, strict=True):
        z = [round_to(x + offset, kind) for offset in OFFSETS]
        assert result["z"] == z
        below = [round_to(value - max(z), kind) for value in z]
        for powers, part in ((z, result["naive"]), (below, result["shifted"])):
            for power, weight in zip(powers, part["weights"], strict=True):
                with np.errstate(over="ignore"):
                    exact = float(np.exp(power))
                # Half a step of the format, of a subnormal number half the smallest; and an ulp
                # each of two exponentials in float64, which may tip a tie.
                step = gap * max(abs(exact), 2.0**kind.least) / 2 if kind.fraction < 52 else 0
                if math.isinf(round_to(exact, kind)):
                    assert weight == math.inf
                else:
                    assert abs(weight - exact) <= step + 4 * U * exact, (x, power)
            # Sums and quotients of two numbers of a format, rounded from float64, are those of the
            # format: 53 bits are more than twice as many as any of them has, and two.
            total = 0.0
            for weight in part["weights"]:
                total = round_to(total + weight, kind)
            assert part["total"] == total
            shares = [
                round_to(float(np.divide(weight, total)), kind)
                if total and not math.isinf(weight)
                else math.nan
                for weight in part["weights"]
            ]
            assert np.array_equal(part["probs"], shares, equal_nan=True), x
        if name in TYPES and name != "float64":
            dtype = TYPES[name][0]
            own = np.array(result["shifted"]["weights"], dtype)
            assert result["shifted"]["total"] == float(own[0] + own[1] + own[2])


def test_overflow_begins_where_the_rows_say():
    for name, kind in FORMATS.items():
        limit = kind.overflow
        with np.errstate(over="ignore"):
            assert math.isinf(round_to(float(np.exp(limit)), kind)), name
            assert math.isfinite(round_to(float(np.exp(limit - 0.1)), kind)), name


def test_the_race_is_that_of_the_course(script):
    seeds = [0, 1, SEED, 2**31]
    got = script(
        "gumbel",
        """return data.map((seed) => {
            const random = m.generator(seed), again = m.generator(seed);
            const races = Array.from({ length: 300 }, () => m.race([2, 1, -1], "gumbel", again));
            return { uniforms: Array.from({ length: 900 }, random), races };
        });""",
        seeds,
    )
    for seed, result in zip(seeds, got, strict=True):
        random = uniforms(seed)
        drawn = [next(random) for _ in range(900)]
        assert result["uniforms"] == drawn
        noise = -np.log(-np.log(np.reshape(drawn, (300, 3))))
        sums = noise + LOGITS
        # An ulp of the inner logarithm is an absolute error of the outer one; its own, and the sum.
        allowed = 4 * U * (1 + abs(noise) + abs(sums))
        assert (abs(np.array([race["sums"] for race in result["races"]]) - sums) <= allowed).all()
        assert [race["winner"] for race in result["races"]] == sums.argmax(axis=1).tolist()


COUNT = """
const frequencies = (noise, seed, n) => {
    const random = m.generator(seed), wins = [0, 0, 0];
    for (let k = 0; k < n; k += 1) wins[m.race([2, 1, -1], noise, random).winner] += 1;
    return wins.map((w) => w / n);
};
"""


def test_gumbel_noise_gives_softmax_and_normal_noise_does_not(script):
    seeds = [SEED, *range(100, 106)]
    got = script(
        "gumbel",
        COUNT
        + "return data.map((s) => ['gumbel', 'normal'].map((k) => frequencies(k, s, 10000)));",
        seeds,
    )
    probs = course.softmax(LOGITS)
    half = 2 * np.sqrt(probs * (1 - probs) / 10000)
    for like, other in got:
        assert (abs(np.array(like) - probs) <= 2 * half).all()
        assert (abs(np.array(other) - probs) > half).any()


def test_one_frequency_in_twenty_leaves_the_band(script):
    inside = script(
        "gumbel",
        COUNT
        + """let inside = 0;
        const p = m.softmax([2, 1, -1]);
        for (let seed = 0; seed < 200; seed += 1) {
            frequencies("gumbel", seed, 500).forEach((f, i) => {
            const [low, high] = m.band(p[i], 500);
            inside += f >= low && f <= high;
        }); }
        return inside / 600;""",
    )
    # A share of 600 that is 0.954 for a normal distribution; three classes of one race depend on
    # each other and counts are whole numbers: four standard deviations of it, and a percent.
    assert 0.954 - 0.045 <= inside <= 0.954 + 0.045


def test_one_pass_gives_what_the_course_gives(script):
    rng = np.random.default_rng(3)
    lists = [(rng.normal(size=int(n)) * 5).round(1).tolist() for n in rng.integers(1, 9, 200)]
    lists += [[800.0, -800.0, 799.0], [-1000.0, -1001.0], [3.0, 3.0, 3.0]]
    got = script(
        "online",
        """return data.map((list) => ({
            all: m.read(list),
            cuts: list.map((_, k) => m.merge(m.read(list.slice(0, k)), m.read(list.slice(k)))),
        }));""",
        lists,
    )
    for numbers, result in zip(lists, got, strict=True):
        state = OnlineLogSumExp([z] for z in numbers)
        # Each number brings an exponential, a product and a sum, three ulps; exponents, which add
        # up to no more than the spread, are rounded once. On both sides.
        bound = 2 * U * (4 * len(numbers) + np.ptp(numbers)) * float(state.total)
        for merged in (result["all"], *result["cuts"]):
            assert merged["m"] == state.maximum
            assert abs(merged["d"] - state.total) <= bound


def test_attention_is_that_of_the_course(script):
    widget = explorables.attention()
    q, k, v = (np.array(widget.data[name]) for name in "qkv")
    n, d = q.shape
    for is_scaled in (True, False):
        for is_causal in (True, False):
            flags = f"{str(is_scaled).lower()}, {str(is_causal).lower()}"
            got = script(
                "attention", f"return data.map((i) => m.compute(i, {flags}));", list(range(n))
            )
            mask = course.causal_mask(n) if is_causal else None
            queries = q if is_scaled else q * np.sqrt(d)
            output, weights = course.attention(queries, k, v, mask=mask)
            # Scores are at most 8 and get four roundings, of which exp makes relative errors, in a
            # weight and in the sum; then a quotient, and a mean of four values up to 2 in size.
            bound = 2 * (2 * 4 * 8 + 10) * U
            for i, result in enumerate(got):
                assert (abs(np.array(result["weights"]) - weights[i]) <= bound * weights[i]).all()
                assert (abs(np.array(result["mean"]) - output[i]) <= 2 * bound * 2).all()


@pytest.fixture(scope="module")
def learned():
    """Return words with the queries, keys and values of random weights, as a model has them."""
    rng = np.random.default_rng(4)
    x, w = rng.standard_normal((6, 32)), rng.standard_normal((32, 32)) / 32
    return ["⊣", "a", "b", "c", "d", "e"], x @ w, x, x


def test_attention_shows_a_models_numbers(learned, page):
    tokens, q, k, v = learned
    widget = explorables.attention(tokens, q, k, v, query=3, causal=True)
    mask = course.causal_mask(6)
    _, weights = course.attention(q * np.sqrt(32), k, v, mask=mask)
    shown = [row[2] for row in widget.rows]
    assert shown == [f"{weight:.4f}" for weight in weights[3]]
    assert [row[1] for row in widget.rows][4:] == ["−∞", "−∞"]
    points = np.array(widget.data["v"])
    assert abs(points).max(axis=0).tolist() == [2, 1]
    # Distances along the first direction are those of the values that differ most.
    spread = np.linalg.svd(v - v.mean(axis=0))[1][0]
    first = points[:, 0] * (spread / np.linalg.norm(points[:, 0]))
    assert np.linalg.norm(first) <= np.linalg.norm(v - v.mean(axis=0))
    page.emulate_media(reduced_motion="reduce")
    page.set_content(f"<main>{widget._repr_html_()}</main>")
    root = page.locator(".smx-attention")
    got = root.evaluate("(root) => root.softmax.compute(3, false, true).weights")
    # Six digits of 32 products up to 3 in size make scores uncertain by 2e-4 at most.
    assert got == pytest.approx(weights[3].tolist(), abs=5e-4)
    root.locator(".smx-skip").click()
    assert root.get_by_role("checkbox").last.is_checked(), "the mask it was trained with"
    root.get_by_role("radio", name="e", exact=True).check()
    assert "e 0." in root.get_by_role("img").get_attribute("aria-label")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"v": None}, TypeError, "belong together"),
        ({"tokens": list("aabcde")}, ValueError, "different words"),
        ({"tokens": list("abcde")}, ValueError, r"shape \(6, 32\)"),
        ({"q": np.zeros((6, 2))}, ValueError, "one shape"),
        ({"q": np.zeros((6, 32))}, ValueError, "changes nothing"),
        ({"k": np.full((6, 32), np.inf)}, ValueError, "k must be finite"),
        ({"v": np.zeros((6, 1))}, ValueError, "two features"),
        ({"query": 6}, ValueError, "from 0 to 5"),
        ({"query": 0, "causal": True}, ValueError, "changes nothing"),
    ],
)
def test_attention_refuses_what_it_cannot_show(learned, change, error, words):
    arguments = dict(zip(("tokens", "q", "k", "v"), learned, strict=True), query=3) | change
    with pytest.raises(error, match=words):
        explorables.attention(**arguments)


def test_division_by_the_root_makes_weights_more_even():
    widget = explorables.attention()
    q, k = (np.array(widget.data[name]) for name in "qk")
    scores = k @ q[widget.data["query"]]
    assert course.entropy(course.softmax(scores / np.sqrt(3))) > course.entropy(
        course.softmax(scores)
    )
