"""Cells that a spreadsheet would calculate."""

import pytest

from shoplytics.kernel.csv_cells import csv_text, guarded, unguarded


class TestGuard:
    @pytest.mark.parametrize(
        "cell",
        ["=1+1", "+44", "+44 20", "+44+1", "'+442079460958", "-5", "@sum", "\tx", "\rx", "'=1", "''-1"],
    )
    def test_quotes_what_would_be_calculated_and_gives_it_back(self, cell: str) -> None:
        assert guarded(cell) == f"'{cell}"
        assert unguarded(guarded(cell)) == cell

    @pytest.mark.parametrize("cell", ["", "#1001", "Tea - green", "'quoted'", "'tis", "+442079460958"])
    def test_leaves_the_rest_alone(self, cell: str) -> None:
        assert guarded(cell) == unguarded(cell) == cell

    def test_writes_lines_a_reader_can_tell_apart(self) -> None:
        assert csv_text([("a", "=b"), ('c"', "d\ne")]) == b'a,\'=b\r\n"c""","d\ne"\r\n'
