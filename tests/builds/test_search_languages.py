"""Search in languages that the course is not in: what is typed finds what stands in the pages."""

import copy
import itertools
import json
import re
import sys
import tomllib
import unicodedata
from pathlib import Path

import pytest
import yaml
from search_dialog import search_for
from small_book import CONFIG, STRICT, said

import polyglot_book

MESSAGES = Path(polyglot_book.__file__).parent / "messages"
LANGUAGES = {
    "fr": ("fr", "Français"),
    "it": ("it", "Italiano"),
    "de": ("de", "Deutsch"),
    "tr": ("tr", "Türkçe"),
    "fa": ("fa", "فارسی"),
    "zh": ("zh_CN", "简体中文"),
    "ja": ("ja", "日本語"),
    "hi": ("hi", "हिन्दी"),
}
#: The prose of pages; what stands between single quotes of code and in formulas is not prose.
PROSE = {
    "fr": {
        "c": "Un cours sur l’entropie croisée. Le cœur du sujet est l’œuvre de Shannon.",
        "a": "On mesure l'entropie d'une loi, puis son gradient. À l’été, déjà : « naïve ».",
        "b": "La somme des probabilités vaut un, d’où l’égalité. Aujourd’hui, les lois usuelles.",
    },
    "it": {
        "c": "Un corso sull’entropia. Perché l'intelligenza artificiale è utile?",
        "a": "La definizione dell’entropia usa un logaritmo; così la probabilità è più chiara.",
        "b": "Il gradiente dell'errore è nullo nel minimo. Le città e i gradienti.",
    },
    "de": {
        "c": "Größe und Maß: die Wärme des Körpers. Straße, Füße, Übung.",
        "a": "Die Entropie misst die Überraschung. Für große Werte fällt sie.",
        "b": "Der Gradient ist null. Das Gefäß ist kalt, die Bar ist zu.",
    },
    "tr": {
        "c": "Isı ve ısınma. İstanbul’da bir ışık yanar.",
        "a": "Olasılık dağılımı: iyi bir başlangıç. Çözüm güçtür.",
        "b": "Gradyan sıfırdır. Şekil ve öğrenme.",
    },
    "fa": {
        "c": "آنتروپی میانگین شگفتی است. کتاب‌های یادگیری ماشین.",
        "a": "تابع سافت‌مکس مؤلفه‌ها را مثبت می‌کند. سال ۱۴۰۳ و عدد ٣ نوشته شد.",
        "b": "گرادیان صفر است. عِلْم داده در كتابخانة يك مدرسه. نمونهٔ آزمایشی.",
    },
    "zh": {
        "c": "马尔可夫链是一种随机过程。皮埃尔·西蒙的书。",
        "a": "交叉熵与熵的关系。马尔可夫决策过程使用 Softmax 函数。",
        "b": "梯度为零，概率之和为一。马尔 可夫性质与数值稳定性。",
    },
    "ja": {
        "c": "確率分布とソフトマックス関数。クロード・シャノンの情報理論。",
        "a": "エントロピーは平均の驚きである。かばんとがまぐち。",
        "b": "勾配はゼロである。カバンは別の語。",
    },
    "hi": {
        "c": "हिन्दी में प्रायिकता। फ़लन और हँसी।",
        "a": "एन्ट्रॉपी औसत आश्चर्य है। हिंदी भाषा में फलन।",
        "b": "ढाल शून्य है। मूल मान और मल मास। सड़क पर बड़ा पेड़, १२ संख्याएँ।",
    },
}
#: For each query, the pages found, by the names that they have above.
FOUND = {
    "fr": {
        "entropie": "c a", "l'entropie": "c a", "l’entropie": "c a",
        "d'une": "a", "coeur": "c", "cœur": "c", "oeuvre": "c", "ete": "a",
        "été": "a", "deja": "a", "naive": "a", "egalite": "b", "gradients": "a", "loi": "a b",
        "lois": "b", "aujourd'hui": "b", "probabilité": "b", "croisee": "c", "tropie": "",
    },
    "it": {
        "entropia": "c a", "entropie": "c a", "dell'entropia": "a", "l'entropia": "",
        "perche": "c", "probabilita": "a", "gradiente": "b", "gradienti": "b",
        "citta": "b", "errore": "b", "piu": "a", "sull’entropia": "c", "tropia": "",
    },
    "de": {
        "grosse": "c a", "große": "c a", "Groesse": "c a", "maß": "c",
        "mass": "c", "waerme": "c", "warme": "c", "wärme": "c",
        "strasse": "c", "fuesse": "c", "uebung": "c", "ueberraschung": "a",
        "gefaess": "b", "gefäß": "b", "für": "a", "fuer": "a", "bär": "b", "eis": "",
    },
    "tr": {
        "ısı": "c", "isi": "c", "ISI": "c", "istanbul": "c", "İSTANBUL": "c",
        "ışık": "c", "isik": "c", "olasilik": "a", "olasılık": "a", "cozum": "a",
        "sekil": "b", "ogrenme": "b", "baslangic": "a", "sıfır": "b", "gradyanlar": "b",
    },
    "fa": {
        "کتاب": "c b", "كتاب": "c b", "کتابها": "c b", "کتاب ها": "c",
        "کتاب‌ها": "c b", "مولفه": "a", "مؤلفه": "a", "سافت‌مکس": "a", "سافت مکس": "a",
        "سافتمکس": "a", "میکند": "a", "می کند": "a", "1403": "a", "۱۴۰۳": "a", "١٤٠٣": "a",
        "3": "a", "علم": "b", "عِلْم": "b", "یک": "b", "يك": "b", "کتابخانه": "b",
        "نمونه": "b", "آنتروپی": "c", "انتروپی": "c", "آنتروپي": "c",
    },
    "zh": {
        "马尔可夫链": "c", "马尔可夫": "c a b", "皮埃尔西蒙": "c",
        "皮埃尔·西蒙": "c", "交叉熵": "a", "熵": "a", "交叉": "a", "Softmax函数": "a",
        "softmax 函数": "a", "梯度": "b", "概率": "b", "马尔可夫性质": "b", "过程": "c a",
        "随机过程": "c", "数值稳定": "b", "交 叉熵": "a", "夫马": "",
    },
    "ja": {
        "確率": "c", "分布": "c", "ソフトマックス": "c", "マックス": "c",
        "クロードシャノン": "c", "エントロピー": "a", "平均": "a", "勾配": "b",
        "かばん": "a", "がばん": "", "カバン": "b", "情報理論": "c", "ゼロ": "b",
    },
    "hi": {
        "हिन्दी": "c a", "हिंदी": "c a", "फलन": "c a", "फ़लन": "c a",
        "हँसी": "c", "हंसी": "c", "एंट्रॉपी": "a", "एन्ट्रॉपी": "a", "मूल": "b",
        "मल": "b", "मिल": "", "सडक": "b", "बड़ा": "b", "12": "b", "१२": "b", "संख्या": "b",
        "प्रायिकता": "c", "शून्य": "b",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def html(build, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    config = copy.deepcopy(CONFIG)
    config["sphinx"]["config"]["polyglot"] = {
        "languages": {
            code: {"tag": gettext.replace("_", "-"), "gettext": gettext, "name": name}
            for code, (gettext, name) in LANGUAGES.items()
        }
    }
    chapters = []
    for code, pages in PROSE.items():
        (folder / code).mkdir()
        for name, text in pages.items():
            # The title is a number: it holds none of the words.
            number = 70 + list(pages).index(name)
            (folder / code / f"{name}.md").write_text(f"# {number}\n\n{text}\n", "utf-8")
        (folder / code / "index.md").write_text("# 69\n", "utf-8")
        sections = [{"file": f"{code}/{name}"} for name in pages]
        chapters.append({"file": f"{code}/index", "sections": sections})
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    (folder / "_toc.yml").write_text(json.dumps(toc), "utf-8")
    (folder / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    (folder / "index.md").write_text("# ABC\n\n```{languages}\n```\n", "utf-8")
    result = build(folder, *STRICT)
    assert result.returncode == 0, said(result)[-1500:]
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def reader(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


def search(reader, html: Path, code: str, queries: list[str]) -> dict:
    reader.goto((html / code / "index.html").as_uri())
    reader.keyboard.press("Control+k")
    found = {}
    for query, pages in zip(queries, search_for(reader, queries), strict=True):
        # Landing pages have words of the interface too.
        pages = [page for page in pages if not page["address"].endswith("index.html")]
        names = [re.sub(r"^.*/(.*)\.html$", r"\1", page["address"]) for page in pages]
        found[query] = {"pages": names, "marks": [mark for page in pages for mark in page["marks"]]}
    return found


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_typed_finds_what_is_meant(html, reader, code):
    found = search(reader, html, code, list(FOUND[code]))
    wrong = {
        query: (sorted(found[query]["pages"]), names.split())
        for query, names in FOUND[code].items()
        if set(found[query]["pages"]) != set(names.split())
    }
    assert not wrong


def test_what_was_found_is_marked_as_it_stands_in_the_text(html, reader):
    found = search(reader, html, "fa", ["کتابها", "علم", "1403"])
    assert sorted(found["کتابها"]["marks"]) == ["كتابخانة", "کتاب\u200cهای"]
    assert found["علم"]["marks"] == ["عِلْم"]
    assert found["1403"]["marks"] == ["۱۴۰۳"]
    assert search(reader, html, "de", ["strasse"])["strasse"]["marks"] == ["Straße"]
    assert search(reader, html, "fr", ["coeur"])["coeur"]["marks"] == ["cœur"]
    assert search(reader, html, "zh", ["马尔可夫性质"])["马尔可夫性质"]["marks"] == [
        "马尔 可夫性质"
    ]


# The same by other means: Unicode's tables as Python has them, and words as a set.


def same() -> dict[str, str]:
    """Return the table of letters that stand for others, out of the script that has it."""
    source = (MESSAGES.parent / "static" / "polyglot-search.js").read_text("utf-8")
    table = re.search(r"const SAME = \{(.*?)\};", source, re.S)[1]
    return dict(re.findall(r'(\S+): "(.*?)"', table))


ACCENTED = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW")


def fold(text: str, exact: bool = False) -> str:
    """Fold letters, marks, digits and joiners, without the rules of a language."""
    result = ""
    for character in text:
        category, name = unicodedata.category(character), unicodedata.name(character, "")
        if category == "Cf":
            continue
        if category == "Nd":
            result += str(unicodedata.decimal(character))
        elif category[0] == "M":
            kept = exact or not (name.startswith(ACCENTED) or name.startswith("COMBINING"))
            result += character if kept else ""
        elif category[0] == "L":
            letters = unicodedata.normalize("NFKC", character)
            if not exact and any(unicodedata.name(c, "").startswith(ACCENTED) for c in letters):
                letters = unicodedata.normalize("NFD", letters)
                letters = "".join(c for c in letters if unicodedata.category(c)[0] != "M")
            letters = letters.lower()
            if not exact:
                letters = letters.replace("\u0307", "")
            result += "".join(same().get(c, c) for c in letters)
        else:
            result += character
    return result


def test_the_script_folds_letters_as_unicode_says(html, reader):
    """Every letter and digit of the scripts that people write in today, one by one."""
    blocks = [(0x41, 0x24F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0xDFF), (0x1E00, 0x1FFF),
              (0x3041, 0x30FF), (0xAC00, 0xAD00), (0xFB00, 0xFB06), (0xFF10, 0xFF5A)]  # fmt: skip
    characters = [
        chr(code)
        for code in itertools.chain(*(range(a, b + 1) for a, b in blocks))
        if unicodedata.category(chr(code))[0] in "LN" and unicodedata.category(chr(code)) != "No"
    ]
    characters += [c for c in map(chr, range(sys.maxunicode)) if unicodedata.category(c) == "Nd"]
    reader.goto((html / "fr" / "index.html").as_uri())
    folded = reader.evaluate("(all) => all.map((one) => polyglotFold(one))", characters)
    # A browser and Python may know different editions of Unicode.
    wrong = {
        character: (one, fold(unicodedata.normalize("NFC", character)))
        for character, one in zip(characters, folded, strict=True)
        if one != fold(unicodedata.normalize("NFC", character)) and one != character
    }
    assert not wrong
    assert len(characters) > 2000


@pytest.mark.parametrize("code", ["fr", "it", "tr"])
def test_every_word_of_every_page_finds_exactly_the_pages_that_have_it(html, reader, code):
    table = tomllib.loads((MESSAGES / f"{code}.toml").read_text("utf-8"))["writing"]
    pages = {
        name: [fold(word) for word in re.findall(r"\w+", text)]
        for name, text in PROSE[code].items()
    }
    queries = sorted({w.lower() for text in PROSE[code].values() for w in re.findall(r"\w+", text)})
    endings = table.get("search_endings") or "$^"
    found = search(reader, html, code, queries)
    stems = reader.evaluate(
        '([queries, endings]) => queries.map((q) => q.replace(new RegExp(endings, "u"), ""))',
        [queries, endings],
    )
    wrong = {}
    for query, stem in zip(queries, stems, strict=True):
        expected = {n for n, ws in pages.items() if any(w.startswith(fold(stem)) for w in ws)}
        assert expected
        if set(found[query]["pages"]) != expected:
            wrong[query] = (found[query]["pages"], expected)
    assert not wrong
