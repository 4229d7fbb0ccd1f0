"""The simplex and the next word: their arithmetic against the course, and what a reader does."""

import numpy as np
import pytest
from explorable_pages import PAGE, html, put, said

from softmax_course import cross_entropy, cross_entropy_grad, entropy, softmax
from softmax_course.numerics.decoding import top_k_probs, top_p_probs
from softmax_course.teaching import explorables, language
from softmax_course.teaching.explorables.next_token import LOGITS as TOKEN_LOGITS
from softmax_course.teaching.explorables.simplex import DESCENT, RATE, STEPS

U = 2.0**-53


def error_bound(z, T=1.0):
    """Return the relative error of softmax on one side: see the playground's arithmetic."""
    d = np.minimum((np.max(z) - np.asarray(z)) / T, 746.0)
    return ((4 * d + len(z) + 6) * U).max()


def draws(number, scale):
    rng = np.random.default_rng(3)
    for _ in range(number):
        yield (rng.normal(size=3) * scale).tolist(), 10.0 ** rng.uniform(-1, 2)


# The arithmetic of the simplex


def test_softmax_loss_and_logits_agree_with_the_course(page):
    root = put(page, "simplex")
    for scale in (1.0, 30.0):
        cases = list(draws(60, scale))
        results = root.evaluate(
            """(root, cases) => cases.map(([z, T]) => {
                const { softmax, loss, logits } = root.softmax;
                const p = softmax(z, T);
                return { p, losses: [0, 1, 2].map((label) => loss(z, label)), back: logits(p, T) };
            })""",
            cases,
        )
        for (z, T), got in zip(cases, results, strict=True):
            p = softmax(z, temperature=T)
            # Both sides are within the bound; probabilities below 1e-300 are subnormal.
            assert got["p"] == pytest.approx(p.tolist(), rel=2 * error_bound(z, T), abs=1e-300)
            for label, loss in enumerate(got["losses"]):
                expected = cross_entropy(z, label)
                assert loss == pytest.approx(expected, rel=2 * error_bound(z), abs=1e-300)
            if p.min() > 1e-300:
                # log turns the relative error of p into an absolute one, T multiplies it; the
                # mean takes it away from each, and rounds sums of the size of the largest logit.
                allowed = T * 2 * error_bound(z, T) + 8 * U * np.abs(z).max()
                centred = np.array(z) - np.mean(z)
                assert got["back"] == pytest.approx(centred.tolist(), abs=allowed)


def test_entropy_agrees_with_the_course(page):
    root = put(page, "simplex")
    probs = [softmax(z, temperature=T).tolist() for z, T in draws(60, 5.0)]
    probs += [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1 / 3] * 3]
    results = root.evaluate("(root, all) => all.map((p) => root.softmax.entropy(p))", probs)
    for p, got in zip(probs, results, strict=True):
        # Of each term log and product round, of the sum two additions, on both sides.
        assert got == pytest.approx(entropy(p), rel=2 * (2 + 2) * U, abs=1e-300)


def test_descent_agrees_with_the_course(page):
    root = put(page, "simplex")
    for label in range(3):
        visited = root.evaluate(
            "(root, [z, label]) => root.softmax.descend(z, label)", [list(DESCENT), label]
        )
        z = np.array(DESCENT)
        assert len(visited) == STEPS + 1
        for step, got in enumerate(visited):
            # The map z → z − η ∇L(z) does not widen distances, as η is below 2 / max λ = 4: what
            # each step rounds, a gradient below 1 and a sum of the size of z, adds up.
            each = RATE * 2 * error_bound(z) + 2 * U * (np.abs(z).max() + 1)
            assert got == pytest.approx(z.tolist(), abs=2 * (step + 1) * each)
            z = z - RATE * cross_entropy_grad(z, label)


def test_the_second_ranked_probability_rises_before_it_falls():
    z = np.array(DESCENT)
    probs = [softmax(z)]
    assert probs[0].argsort().tolist() == [2, 1, 0]
    for _ in range(STEPS):
        z = z - RATE * cross_entropy_grad(z, 2)
        probs.append(softmax(z))
    second = np.array(probs)[:, 1]
    peak = int(second.argmax())
    assert 0 < peak < STEPS
    assert (np.diff(second[: peak + 1]) > 0).all()
    assert (np.diff(second[peak:]) < 0).all()
    assert second[peak] > 1.5 * second[0] > 1.5 * 10 * second[-1]
    assert probs[-1][2] > 0.98


# The arithmetic of the next word


def settings():
    rng = np.random.default_rng(8)
    for _ in range(200):
        yield {
            "T": float(10.0 ** rng.uniform(-1, 1)),
            "k": int(rng.integers(1, 13)),
            "p": float(rng.choice([1.0, rng.uniform(0.05, 1)])),
            "m": float(rng.choice([0.0, rng.uniform(0, 1)])),
        }


def test_cuts_agree_with_the_course(page):
    root = put(page, "next_token")
    cases = list(settings())
    results = root.evaluate("(root, cases) => cases.map(root.softmax.compute)", cases)
    z = np.array(TOKEN_LOGITS)
    for case, got in zip(cases, results, strict=True):
        T = case["T"]
        bound = 2 * error_bound(z, T)
        probs = softmax(z, temperature=T)
        assert got["probs"] == pytest.approx(probs.tolist(), rel=bound, abs=1e-300)
        kept = top_k_probs(z, case["k"], temperature=T) > 0
        kept &= top_p_probs(z, case["p"], temperature=T) > 0
        kept &= probs >= case["m"] * probs.max()
        assert got["kept"] == kept.tolist(), case
        final = softmax(np.where(kept, z, -np.inf), temperature=T)
        # Divided by a sum of at most twelve terms, once more on the script's side.
        assert got["final"] == pytest.approx(final.tolist(), rel=bound + 14 * U, abs=1e-300)
        assert got["mass"] == pytest.approx(probs[kept].sum(), rel=bound + 12 * U)


def test_a_word_is_drawn_with_its_probability(page):
    root = put(page, "next_token")
    picked = root.evaluate(
        """root => {
            const { final } = root.softmax.compute({ T: 1, k: 3, p: 1, m: 0 });
            const counts = final.map(() => 0);
            for (let i = 0.5; i < 10000; i += 1) counts[root.softmax.draw(final, i / 10000)] += 1;
            return { counts, ends: [0, 1 - 2 ** -53].map((u) => root.softmax.draw(final, u)) };
        }"""
    )
    expected = 10_000 * top_k_probs(np.array(TOKEN_LOGITS), 3)
    # An even grid misses the length of an interval by one point at most.
    assert np.abs(np.array(picked["counts"]) - expected).max() <= 1
    assert picked["ends"] == [0, 2]


# What a reader does


@pytest.mark.parametrize("name", ["simplex", "descent", "next_token"])
def test_a_guess_is_judged_and_then_controls_are_there(page, name):
    right = {"simplex": 1, "descent": 0, "next_token": 2}[name]
    for i in range(2 if name == "descent" else 3):
        root = put(page, name, seen=False)
        assert root.get_by_role("spinbutton").count() == 0
        root.locator(".smx-guess button").nth(i).click()
        reply = root.locator(".smx-insight").inner_text()
        with language.using("en"):
            word = language.text("explorables.right" if i == right else "explorables.wrong")
        assert reply.startswith(("✓ " if i == right else "✗ ") + word)
        # The button in focus is gone: the sentence that took its place is read out.
        assert root.locator(".smx-insight").evaluate("node => node === document.activeElement")
        assert root.get_by_role("button", name="Reset").is_visible()


def point(root):
    """Return the probabilities that the point of the simplex says to be at."""
    text = root.locator(".smx-handle").get_attribute("aria-valuetext")
    # 8.76·10⁻²⁷ is 0 here.
    return [0.0 if "·" in part else float(part.split()[1]) for part in text.split(", ")]


def middle(root):
    box = root.locator(".smx-handle .smx-dot").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_point_is_dragged_with_the_mouse(page):
    root = put(page, "simplex")
    x, y = middle(root)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, y + 30, steps=4)
    page.mouse.up()
    new_x, new_y = middle(root)
    assert (new_x, new_y) == pytest.approx((x - 20, y + 30), abs=1)
    probs = point(root)
    assert f"H = {entropy(np.array(probs) / sum(probs)):.2f}" in said(page, root)
    assert all(f"{p:.4f}" in root.locator(".smx-cells").inner_text() for p in probs)


def test_the_point_stays_in_the_triangle(page):
    root = put(page, "simplex")
    x, y = middle(root)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 900, y - 900, steps=4)
    page.mouse.up()
    assert min(point(root)) > 0
    assert sum(point(root)) == pytest.approx(1, abs=2e-4)


def test_the_point_is_moved_by_a_finger_and_by_a_tap(browser):
    context = browser.new_context(
        viewport={"width": 360, "height": 640}, has_touch=True, reduced_motion="reduce"
    )
    page = context.new_page()
    root = put(page, "simplex")
    root.locator(".smx-live .smx-picture").scroll_into_view_if_needed()
    x, y = middle(root)
    session = context.new_cdp_session(page)
    for kind, t in (("Start", 0), *(("Move", k / 6) for k in range(1, 7)), ("End", None)):
        points = [] if t is None else [{"x": x + 30 * t, "y": y + 20 * t}]
        session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    page.wait_for_timeout(100)  # touches arrive with the frames of the picture
    assert middle(root) == pytest.approx((x + 30, y + 20), abs=1.5)
    before = page.evaluate("scrollY")
    page.touchscreen.tap(x - 15, y + 20)
    assert middle(root) == pytest.approx((x - 15, y + 20), abs=1.5)
    assert page.evaluate("scrollY") == before
    context.close()


def test_keys_move_the_point_and_focus_is_seen(page):
    root = put(page, "simplex")
    handle = root.locator(".smx-handle")
    root.get_by_role("radio").first.focus()
    page.keyboard.press("Shift+Tab")
    assert handle.evaluate("node => node === document.activeElement")
    assert handle.get_attribute("role") == "slider"
    assert handle.evaluate("n => getComputedStyle(n.querySelector('.smx-ring')).stroke") != "none"
    before = point(root)
    page.keyboard.press("ArrowUp")
    one = point(root)
    assert one[2] > before[2]
    page.keyboard.press("Shift+ArrowUp")
    assert point(root)[2] - one[2] > 3 * (one[2] - before[2])
    page.keyboard.press("ArrowRight")
    assert point(root)[1] > one[1] - 0.1
    assert f"{max(point(root)):.4f}" in said(page, root)


def test_temperature_takes_the_point_from_a_corner_to_the_centre(page):
    root = put(page, "simplex")
    assert point(root) == pytest.approx([1 / 3] * 3, abs=0.01)  # shown by the answer
    field = root.get_by_role("spinbutton")
    field.fill("0.05")
    assert point(root) == pytest.approx([1, 0, 0], abs=1e-3)
    field.fill("0")
    assert field.get_attribute("aria-invalid") == "true"
    assert "0.05" in root.get_by_role("alert").inner_text()
    root.get_by_role("button", name="Reset").click()
    assert point(root) == pytest.approx(softmax([2.0, -1.0, 0.5]).tolist(), abs=1e-4)


def test_descent_reaches_the_label_and_marks_where_the_second_was_largest(page):
    root = put(page, "descent")
    assert point(root)[2] > 0.98
    assert "dog" in root.locator(".smx-mark + text").text_content()
    root.get_by_role("button", name="Reset").click()
    assert point(root) == pytest.approx(softmax(DESCENT).tolist(), abs=1e-4)
    root.get_by_role("radio", name="dog").check(force=True)
    assert "“dog”" in root.locator(".smx-numbers").last.inner_text()
    root.get_by_role("button", name="Descend").click()
    assert point(root)[1] > 0.98


def test_the_other_view_asks_its_own_question_once(page):
    root = put(page, "simplex")
    root.get_by_role("radio", name="descent").click(force=True)
    with language.using("en"):
        question = language.text("explorables.simplex.descent_question")
    assert root.locator(".smx-guess p").inner_text() == question
    assert root.locator(".smx-guess button").first.evaluate("n => n === document.activeElement")
    # Nothing moves before the guess.
    before = point(root)
    root.locator(".smx-handle").focus()
    page.keyboard.press("ArrowUp")
    assert point(root) == before
    root.locator(".smx-skip").click()
    root.get_by_role("radio", name="temperature").click(force=True)
    assert root.locator(".smx-skip").count() == 0
    with language.using("en"):
        answer = language.text("explorables.simplex.temperature_answer")
    assert answer in root.locator(".smx-guess").inner_text().replace(" ", " ").replace(
        "log 3", "log\u00a03"
    )


def test_the_nucleus_grows_with_the_temperature(page):
    root = put(page, "next_token", seen=False)
    kept = root.locator(".smx-tokens tr:not(.smx-out)")
    assert kept.count() == 5
    root.locator(".smx-guess button").nth(2).click()
    assert kept.count() == 8
    assert root.get_by_label("Temperature T", exact=True).input_value() == "2"
    assert "8 of 12" in said(page, root)
    slider = root.get_by_role("slider", name="top-k")
    slider.focus()
    page.keyboard.press("Home")
    assert kept.count() == 1
    assert root.locator(".smx-tokens td:last-child").all_inner_texts() == ["1.0000", *["0"] * 11]


def test_a_word_drawn_ends_the_sentence_and_is_counted(page):
    root = put(page, "next_token")
    root.get_by_label("top-k", exact=True).fill("1")
    root.get_by_role("button", name="Draw", exact=True).click()
    with language.using("en"):
        own = language.table("explorables.next_token")
    sentence = root.locator(".smx-sentence").inner_text()
    assert sentence == f"{own['prompt']} {own['tokens'][0]}"
    root.get_by_role("button", name="100 draws").click()
    assert "101" in said(page, root)
    assert root.locator(".smx-track b:visible").count() == 12
    # Another distribution: what was drawn from the one before is forgotten.
    root.get_by_label("top-k", exact=True).fill("2")
    assert root.locator(".smx-track b:visible").count() == 0


# What it needs from a page


def test_nothing_is_built_before_it_is_about_to_be_seen(page):
    page.set_content(PAGE.format(f'<p style="height: 5000px"></p>{html("simplex")}'))
    page.wait_for_timeout(300)
    assert page.locator(".smx-live").count() == 0
    page.evaluate("scrollTo(0, 5000)")
    page.wait_for_selector(".smx-live")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: explorables.simplex("loss"), ValueError, "one of temperature, descent"),
        (lambda: explorables.simplex(None), TypeError, "start must be a text"),
        (lambda: explorables.next_token("It is"), TypeError, "belong together"),
        (lambda: explorables.next_token("a", ["b", "c"], [1, 0]), ValueError, "three to sixteen"),
        (lambda: explorables.next_token("a", list("bcd"), [1, 0]), ValueError, r"\(2,\)"),
        (lambda: explorables.next_token("a", list("bcd"), [0, 1, 2]), ValueError, "largest first"),
        (lambda: explorables.next_token("a", list("bcd"), [0, 0, 0]), ValueError, "has to grow"),
        (lambda: explorables.next_token("a", "bcd", [2, 1, 0]), TypeError, "tokens"),
    ],
)
def test_bad_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
