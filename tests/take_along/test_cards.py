"""The deck of each language, opened by Anki's own library, in an environment of its own."""

import json
import re
import subprocess

from project import ROOT
from scripts_of_text import TOFU, share

ANKI = ROOT / ".venv-anki" / "bin" / "python"
#: Imports each deck twice: the second time nothing may be added.
OPEN = """
import json, sys, tempfile
from pathlib import Path
from anki.collection import Collection, ImportAnkiPackageRequest, ImportAnkiPackageOptions
folder = tempfile.mkdtemp()
collection = Collection(str(Path(folder, "collection.anki2")))
counts = []
for _ in range(2):
    collection.import_anki_package(ImportAnkiPackageRequest(
        package_path=sys.argv[1], options=ImportAnkiPackageOptions()))
    counts.append(collection.note_count())
ids = collection.find_cards("")
sides = []
for number in ids:
    card = collection.get_card(number)
    sides.append([card.question(), card.answer()])
missing = list(collection.media.check().missing)
print(json.dumps({"counts": counts, "sides": sides, "missing": missing}))
"""


def test_anki_opens_it_and_a_second_import_adds_nothing(made, book):
    assert ANKI.is_file(), "`make test-dist` makes this environment"
    done = subprocess.run(
        [str(ANKI), "-c", OPEN, str(made(".apkg"))], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    first, second = found["counts"]
    assert first == second > 150
    assert not found["missing"]
    sides = "".join(side for card in found["sides"] for side in card)
    assert "<math" in sides
    written = re.sub(r"<style>.*?</style>|<[^>]*>", " ", sides, flags=re.DOTALL)
    assert not TOFU.search(written)
    assert share(written, book.code) > 0.3
    assert all(front != back for front, back in found["sides"])
