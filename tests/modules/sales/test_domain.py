"""The arithmetic of orders."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoplytics.modules.sales.domain import MOVES, IllegalTransition, moved, spread, worth
from shoplytics.ports.sales import OrderStatus

WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)


class TestSpread:
    @given(WEIGHTS, st.data())
    def test_keeps_every_unit_and_takes_no_part_below_zero(
        self, weights: list[int], data: st.DataObject
    ) -> None:
        amount = data.draw(st.integers(0, sum(weights)))
        parts = spread(amount, weights)
        assert sum(parts) == (amount if sum(weights) else 0)
        assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))

    @given(WEIGHTS, st.data())
    def test_stays_within_one_unit_of_the_exact_part(self, weights: list[int], data: st.DataObject) -> None:
        whole = sum(weights)
        amount = data.draw(st.integers(0, whole))
        for part, weight in zip(spread(amount, weights), weights, strict=True):
            assert abs(part * whole - amount * weight) < max(whole, 1)

    def test_gives_the_odd_unit_to_the_largest_remainder_then_to_the_first(self) -> None:
        assert spread(100, [100, 100, 100]) == [34, 33, 33]
        assert spread(10, [34, 33, 33]) == [4, 3, 3]
        assert spread(5, [1, 1, 8]) == [1, 0, 4]

    def test_gives_nothing_to_lines_that_cost_nothing(self) -> None:
        assert spread(0, [0, 0]) == [0, 0]
        assert spread(3, [0, 3]) == [0, 3]


class TestMoves:
    def test_are_those_that_the_page_prints(self) -> None:
        page = (Path(__file__).parents[3] / "docs" / "orders.md").read_text()
        printed = {
            (move.replace(" ", "_"), before, after)
            for move, froms, after in re.findall(r"^\| ([a-z ]+) \| ([a-z, ]+) \| ([a-z]+) \|$", page, re.M)
            for before in froms.split(", ")
            if move != "move"
        }
        known = {(move.value, before, after) for move, way in MOVES.items() for before, after in way.items()}
        assert printed == known

    def test_refuse_every_other(self) -> None:
        for move, way in MOVES.items():
            for status in OrderStatus:
                if status in way:
                    assert moved(status, move) == way[status]
                else:
                    with pytest.raises(IllegalTransition):
                        moved(status, move)


class TestWorth:
    @given(st.integers(0, 10**9), st.lists(st.integers(1, 50), min_size=1, max_size=20))
    def test_of_all_pieces_is_the_amount_in_whatever_portions(self, amount: int, portions: list[int]) -> None:
        of, parts = sum(portions), []
        for place, count in enumerate(portions):
            parts.append(worth(amount, of=of, after=sum(portions[:place]), count=count))
        assert sum(parts) == amount
        assert worth(amount, of=of, after=0, count=portions[0]) == sum(
            spread(amount, [1] * of)[: portions[0]]
        )
