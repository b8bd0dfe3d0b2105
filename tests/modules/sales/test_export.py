"""Orders leave in the layout they came in."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from shoplytics.kernel.actor import ANONYMOUS
from shoplytics.kernel.csv_cells import guarded
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.ports import ExportedOrder
from shoplytics.modules.sales.service import OrderExports


class NoPages:
    """A store without orders."""

    async def all_orders(
        self, *, store_id: UUID, within: Sequence[UUID]
    ) -> AsyncIterator[Sequence[ExportedOrder]]:
        for page in list[list[ExportedOrder]]():
            yield page


class TestExport:
    async def test_of_nothing_is_a_header(self) -> None:
        text = b"".join(
            [
                part
                async for part in OrderExports(pages=NoPages()).orders_csv(actor=ANONYMOUS, store_id=new_id())
            ]
        )
        [header] = csv.reader(io.StringIO(text.decode()))
        assert header[:3] == ["Name", "Email", "Financial Status"]

    @pytest.mark.parametrize("cell", ["=1+1", "+44", "-5", "@sum", "\tx", "\rx"])
    def test_guards_what_a_spreadsheet_would_calculate(self, cell: str) -> None:
        assert guarded(cell) == f"'{cell}"

    @pytest.mark.parametrize("cell", ["", "#1001", "Tea - green", "'quoted'"])
    def test_leaves_the_rest_alone(self, cell: str) -> None:
        assert guarded(cell) == cell
