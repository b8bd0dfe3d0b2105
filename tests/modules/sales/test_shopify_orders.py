"""Orders out of Shopify's orders export."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from shoplytics.kernel.csv_rows import BadFile
from shoplytics.modules.sales.service.importing import ImportProgress, OrderFile
from shoplytics.modules.sales.service.settling import status_of
from shoplytics.ports.jobs import RowError
from shoplytics.ports.sales import FinancialStatus, FulfilmentStatus, IncomingOrder, OrderStatus
from tests.modules.sales.importing import Objects, more, orders_csv, row

NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def parsed(file: bytes, *, currency: str = "GBP") -> tuple[list[IncomingOrder], list[RowError]]:
    objects = Objects()
    objects.kept["file"] = file
    orders = OrderFile(objects, "file", currency=currency, now=NOW)
    await orders.survey()
    parts = [part async for part in orders.parts(after=ImportProgress())]
    return [o for part in parts for o in part.orders], [e for part in parts for e in part.errors]


def told(errors: Sequence[RowError]) -> list[tuple[int, str]]:
    return [(error.line, error.code) for error in errors]


class TestOrders:
    async def test_takes_an_order_whole(self) -> None:
        rows = [row(), more(Lineitem_quantity="1", Lineitem_name="Jar", Lineitem_price="0.00")]
        [order], errors = await parsed(orders_csv(rows))
        assert errors == []
        assert (order.number, order.external_id, order.key) == ("#1001", "7001", "7001")
        assert (order.subtotal, order.shipping, order.total, order.gross) == (1000, 250, 1250, 1000)
        assert order.placed_at == datetime(2026, 1, 9, 10, 12, 40, tzinfo=UTC)
        assert order.status is OrderStatus.COMPLETED
        assert (order.email, order.customer_name, order.phone) == (
            "amara@example.com",
            "Amara Nwosu",
            "+44 117 496 0000",
        )
        assert order.billing_address is not None
        assert order.billing_address.zip == "BS1 4RH"
        assert order.shipping_address is None
        assert order.tags == ["gift", "priority"]
        assert [(line.title, line.sku, line.quantity, line.unit_price) for line in order.lines] == [
            ("Mug", "MUG", 2, 500),
            ("Jar", None, 1, 0),
        ]

    async def test_needs_only_the_columns_an_order_cannot_do_without(self) -> None:
        kept = {"Name", "Total", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"}
        without = [name for name in row() if name not in kept]
        [order], errors = await parsed(orders_csv([row()], without=without), currency="USD")
        assert errors == []
        assert (order.currency, order.key, order.email) == ("USD", "#1001", None)
        assert (order.subtotal, order.financial_status) == (1000, FinancialStatus.PENDING)

    @pytest.mark.parametrize("column", ["Name", "Total", "Created at", "Lineitem price"])
    async def test_refuses_a_file_without_a_needed_column(self, column: str) -> None:
        with pytest.raises(BadFile) as caught:
            await parsed(orders_csv([row()], without=[column]))
        assert caught.value.code == "missing_columns"
        assert column in str(caught.value)

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-03-29 02:30:10 +0100", datetime(2026, 3, 29, 1, 30, 10, tzinfo=UTC)),
            ("2026-03-29T02:30:10.5Z", datetime(2026, 3, 29, 2, 30, 10, 500000, tzinfo=UTC)),
            ("2026-03-28T20:30:10-05:00", datetime(2026, 3, 29, 1, 30, 10, tzinfo=UTC)),
        ],
    )
    async def test_reads_times_with_their_offset(self, text: str, moment: datetime) -> None:
        [order], _ = await parsed(orders_csv([row(Created_at=text)]))
        assert order.placed_at == moment

    async def test_takes_an_order_in_another_currency_as_it_is(self) -> None:
        cells = {"Subtotal": "10", "Total": "10", "Shipping": "", "Lineitem price": "5"}
        [order], errors = await parsed(orders_csv([row(Currency="jpy") | cells]))
        assert errors == []
        assert (order.currency, order.total, order.lines[0].unit_price) == ("JPY", 10, 5)

    async def test_spreads_a_discount_of_the_order_over_its_lines(self) -> None:
        rows = [
            row(Discount_Amount="2.00", Subtotal="13.00", Total="15.50", Lineitem_discount="1.00"),
            more(Lineitem_quantity="1", Lineitem_price="5.00"),
        ]
        [order], _ = await parsed(orders_csv(rows))
        assert order.discount == 200
        assert [line.discount for line in order.lines] == [164, 36]

    async def test_spreads_no_discount_that_the_subtotal_does_not_show(self) -> None:
        [order], _ = await parsed(orders_csv([row(Discount_Amount="2.50", Shipping="0.00", Total="10.00")]))
        assert (order.discount, order.lines[0].discount) == (250, 0)

    async def test_takes_a_refund_nobody_counted_as_the_whole(self) -> None:
        [order], _ = await parsed(orders_csv([row(Financial_Status="refunded", Refunded_Amount="")]))
        assert (order.refunded, order.status) == (1250, OrderStatus.REFUNDED)

    async def test_undoes_the_guard_against_spreadsheets(self) -> None:
        [order], _ = await parsed(orders_csv([row(Lineitem_name="'=Mug", Notes="'quoted'")]))
        assert (order.lines[0].title, order.note) == ("=Mug", "'quoted'")

    async def test_parts_two_orders_of_one_name_by_their_ids(self) -> None:
        orders, errors = await parsed(orders_csv([row(), row(Id="7002")]))
        assert errors == []
        assert [order.key for order in orders] == ["7001", "7002"]


class TestBadRows:
    @pytest.mark.parametrize(
        ("cells", "code"),
        [
            ({"Total": ""}, "missing_value"),
            ({"Total": "twelve"}, "invalid_amount"),
            ({"Total": "-1.00"}, "invalid_amount"),
            ({"Total": "1e5"}, "invalid_amount"),
            ({"Total": "12.505"}, "invalid_amount"),
            ({"Subtotal": "NaN"}, "invalid_amount"),
            ({"Refunded Amount": "1,00"}, "invalid_amount"),
            ({"Created at": ""}, "missing_value"),
            ({"Created at": "yesterday"}, "invalid_date"),
            ({"Created at": "2026-01-09 10:12:40"}, "invalid_date"),
            ({"Created at": "0001-01-01 00:00:00 +1400"}, "invalid_date"),
            ({"Created at": "1926-01-09 10:12:40 +0000"}, "date_out_of_range"),
            ({"Paid at": "2062-01-09 10:12:40 +0000"}, "date_out_of_range"),
            ({"Financial Status": "settled"}, "unknown_status"),
            ({"Fulfillment Status": "lost"}, "unknown_status"),
            ({"Currency": "GPB"}, "unknown_currency"),
            ({"Email": "nobody"}, "invalid_email"),
            ({"Email": "a" * 243 + "@example.com"}, "invalid_email"),
            ({"Id": "6.001E+12"}, "invalid_id"),
            ({"Name": ""}, "missing_value"),
            ({"Name": "#" * 256}, "too_long"),
            ({"Lineitem name": "x" * 70_000}, "too_long"),
            ({"Refunded Amount": "12.51"}, "refund_exceeds_total"),
            ({"Lineitem quantity": "-5"}, "invalid_number"),
            ({"Lineitem quantity": "1.5"}, "invalid_number"),
            ({"Lineitem quantity": "9" * 30}, "invalid_number"),
            ({"Lineitem price": ""}, "missing_value"),
            ({"Lineitem price": "free"}, "invalid_amount"),
            ({"Lineitem price": "1000000000.00", "Lineitem quantity": "1000000"}, "out_of_range"),
            ({"Lineitem name": ""}, "missing_value"),
            ({"Lineitem discount": "10.01"}, "discount_too_large"),
        ],
    )
    async def test_cost_their_order_and_no_other(self, cells: dict[str, str], code: str) -> None:
        good = row(Name="#1002", Id="7002")
        orders, errors = await parsed(orders_csv([row() | cells, good]))
        assert [order.number for order in orders] == ["#1002"]
        assert told(errors) == [(2, code)]

    async def test_are_reported_by_their_own_line(self) -> None:
        rows = [row(), more(Lineitem_quantity="x"), more(Lineitem_price="y", Lineitem_name="")]
        orders, errors = await parsed(orders_csv(rows))
        assert orders == []
        assert told(errors) == [
            (2, "order_refused"),
            (3, "invalid_number"),
            (4, "invalid_amount"),
            (4, "missing_value"),
        ]
        assert "line 3" in errors[0].message

    async def test_stand_with_their_whole_order_as_in_the_file(self) -> None:
        file = orders_csv([row(Notes='gift,\r\n"quoted"'), more(Lineitem_price="free"), more()])
        header, *_ = file.decode().splitlines()
        _, errors = await parsed(file)
        assert told(errors) == [(2, "order_refused"), (4, "invalid_amount"), (5, "order_refused")]
        again = "\r\n".join([header, *(error.row for error in errors), ""])
        assert again.encode() == file
        [order], errors = await parsed(again.replace("free", "5.00").encode())
        assert (len(order.lines), errors) == (3, [])

    async def test_say_what_is_wrong_with_the_bytes(self) -> None:
        lines = orders_csv([row(), more(), row(Name="#1002", Id="7002")]).splitlines(keepends=True)
        lines[2] = lines[2].replace(b"Mug", b"M\xfcg")
        orders, errors = await parsed(b"".join(lines))
        assert [order.number for order in orders] == ["#1002"]
        assert told(errors) == [(2, "order_refused"), (3, "wrong_encoding")]

    async def test_of_a_wrong_length_cost_their_order(self) -> None:
        lines = orders_csv([row(), more(), row(Name="#1002", Id="7002")]).splitlines(keepends=True)
        lines[2] = b"#1001,too,short\r\n"
        orders, errors = await parsed(b"".join(lines))
        assert [order.number for order in orders] == ["#1002"]
        assert told(errors) == [(2, "order_refused"), (3, "ragged_row")]

    async def test_at_the_head_of_an_order_leave_its_other_lines_without_a_total(self) -> None:
        lines = orders_csv([row(), more(), more()]).splitlines(keepends=True)
        lines[1] = b"#1001,too,short\r\n"
        orders, errors = await parsed(b"".join(lines))
        assert orders == []
        assert told(errors) == [(2, "ragged_row"), (3, "missing_value"), (4, "order_refused")]


class TestOrdersThatStandTwice:
    async def test_count_as_they_stand_last(self) -> None:
        rows = [row(Total="1.00"), row(Name="#1002", Id="7002"), row(Total="2.00"), row(Name="#3", Id="3")]
        orders, errors = await parsed(orders_csv(rows))
        assert [(order.number, order.total) for order in orders] == [
            ("#1002", 1250),
            ("#1001", 200),
            ("#3", 1250),
        ]
        assert told(errors) == [(2, "duplicate_order")]
        assert "line 4" in errors[0].message

    async def test_are_refused_whole_when_torn_apart(self) -> None:
        rows = [row(), row(Name="#1002", Id="7002"), more(), more()]
        orders, errors = await parsed(orders_csv(rows))
        assert [order.number for order in orders] == ["#1002"]
        assert told(errors) == [(2, "order_split"), (4, "order_split"), (5, "order_refused")]


class TestStatus:
    @pytest.mark.parametrize(
        ("financial", "fulfilment", "cancelled", "status"),
        [
            ("paid", "fulfilled", False, OrderStatus.COMPLETED),
            ("partially_refunded", "fulfilled", False, OrderStatus.COMPLETED),
            ("pending", "fulfilled", False, OrderStatus.SHIPPED),
            ("paid", "partial", False, OrderStatus.PROCESSING),
            ("paid", "unfulfilled", False, OrderStatus.PROCESSING),
            ("authorized", "unfulfilled", False, OrderStatus.PENDING),
            ("refunded", "fulfilled", False, OrderStatus.REFUNDED),
            ("voided", "unfulfilled", False, OrderStatus.CANCELLED),
            ("paid", "fulfilled", True, OrderStatus.CANCELLED),
        ],
    )
    def test_is_one_word_for_shopifys_two(
        self, financial: str, fulfilment: str, cancelled: bool, status: OrderStatus
    ) -> None:
        at = NOW if cancelled else None
        assert status_of(FinancialStatus(financial), FulfilmentStatus(fulfilment), at) is status

    @pytest.mark.parametrize(
        ("word", "meaning"), [("Expired", "voided"), ("partially paid", "partially_paid"), ("", "paid")]
    )
    async def test_knows_the_words_of_the_admin_too(self, word: str, meaning: str) -> None:
        [order], _ = await parsed(orders_csv([row(Financial_Status=word)]))
        assert order.financial_status is FinancialStatus(meaning)
