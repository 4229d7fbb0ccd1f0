"""What `make coverage` says: nothing is missing where a language is whole."""

import language_coverage
import pytest
from project import FINISHED, LANGUAGES


@pytest.mark.parametrize("code", FINISHED)
def test_a_finished_language_lacks_nothing(code):
    lacking = {row.kind: row.missing for row in language_coverage.rows(code) if row.missing}
    assert lacking == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_kind_is_counted(code):
    rows = list(language_coverage.rows(code))
    assert len({row.kind for row in rows}) == len(rows) == 6
    assert all(len(row.missing) <= row.total > 0 for row in rows)


def test_what_is_missing_is_named_with_its_share():
    row = language_coverage._row("terms", ["rain", "snow", "ice"], ["snow"])
    assert str(row).split() == ["terms", "33%", "1", "of", "3", "rain,", "ice"]
