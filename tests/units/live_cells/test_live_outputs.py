"""What the parity test takes for equal."""

from base64 import b64encode

import live_outputs
import pytest


def differ(old: str, new: str) -> list[str]:
    return [*live_outputs.differences([("stdout", old)], [("stdout", new)])]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("p = 0.786", "p = 0.787"),
        ("[0.78 0.2 ]", "[0.78  0.2]"),
        ("1.20e-05", "1.21e-05"),
        ("−1.2·10⁻⁵", "−1.3·10⁻⁵"),
        ("1\u202f797", "1\u202f798"),
        ("<A at 0x7f12>", "<A at 0xdd>"),
        ("4.4e-16", "-1.1e-16"),
        ("<td>4<span class='a'>.4·10⁻¹⁶</span>", "<td>1<span class='a'>.1·10⁻¹⁶</span>"),
        ("<td>4<span class='a'>×10⁻¹⁶</span>", "<td>2<span class='a'>×10⁻¹⁶</span>"),
        ("<td>2<span class='a'>·10⁻¹⁸</span>", "<td>0<span class='a'></span>"),
        ("1.1e-16", "0.0"),
        ("-0.0", "0.0"),
        ("0.09146088364489775", "0.09146088364489774"),
        ('<div data-key="0a1b2c3d">0.3</div>', '<div data-key="ffffffff">0.3</div>'),
        (r'{"html": "<div data-key=\"0a1b2c3d\">"}', r'{"html": "<div data-key=\"ffffffff\">"}'),
    ],
)
def test_one_unit_of_the_last_digit_is_equal(old, new):
    assert differ(old, new) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("p = 0.786", "p = 0.788"),
        ("p = 0.786", "q = 0.786"),
        ("0.5", "-0.5"),
        ("1.20e-05", "1.20e-06"),
        ("10⁻⁵", "10⁻⁷"),
        ("<td>4<span class='a'>×10⁻⁶</span>", "<td>2<span class='a'>×10⁻⁶</span>"),
        ("<td>2<span class='a'>×10⁻⁶</span>", "<td>2<span class='a'>×10⁻⁷</span>"),
        ("1.0e-300", "5.0e-13"),
        ("0.09146088364489775", "0.09146088364499775"),
        ("1 2", "1 2 3"),
        ("", "x"),
    ],
)
def test_more_is_a_difference(old, new):
    assert differ(old, new)


def test_hidden_answers_are_compared_as_numbers():
    def box(answer):
        answers = f'{{"kind": "probabilities", "values": [{answer}, 0.25]}}'.encode()
        return f'<script>root,{{"data":"{b64encode(answers).decode()}"}}</script>'

    assert differ(box("0.3333333333333333"), box("0.3333333333333331")) == []
    assert differ(box("0.3333333333333333"), box("0.3433333333333333"))


def test_figures_are_equal_by_their_texts_and_marks():
    def figure(text, marks, defined=1):
        return (
            f"<svg><defs>{'<path/>' * defined}</defs><!-- {text} -->{'<path/>' * marks}<use/></svg>"
        )

    def compare(old, new):
        mime = "image/svg+xml"
        pair = [[("display", {mime: svg, "text/plain": "<Figure>"})] for svg in (old, new)]
        return [*live_outputs.differences(*pair)]

    assert compare(figure("a", 3), figure("a", 3, defined=2)) == []
    assert compare(figure("a", 3), figure("b", 3))
    assert compare(figure("a", 3), figure("a", 4))


def test_an_error_and_a_missing_form_are_differences():
    shown = [("display", {"text/html": "<b>1</b>", "text/plain": "1"})]
    assert [*live_outputs.differences(shown, [("display", {"text/plain": "1"})])]
    assert [*live_outputs.differences(shown, [("error", "NameError: x")])]


def test_pieces_of_a_stream_are_one():
    message = {"type": "stream", "name": "stdout", "text": "a\n"}
    output = {"output_type": "stream", "name": "stdout", "text": "a\na\n"}
    assert live_outputs.live([message, message]) == live_outputs.built([output])
