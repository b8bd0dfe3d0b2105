"""Orders of the demo, as they are handed to sales."""

from datetime import UTC, datetime
from functools import cache

from shoplytics.ports.sales import FinancialStatus, IncomingOrder, OrderStatus
from shoplytics.seed.shops import KOLA
from shoplytics.seed.trade import Trade
from shoplytics.seed.writing import order_of

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)


@cache
def orders() -> tuple[IncomingOrder, ...]:
    trade = Trade(KOLA, now=NOW)
    return tuple(order_of(order, trade) for day in trade.days() for order in day.orders)


class TestOrder:
    def test_adds_up(self) -> None:
        for order in orders():
            net = sum(line.quantity * line.unit_price - line.discount for line in order.lines)
            assert order.subtotal == net == order.gross - order.discount
            assert order.total == net + order.shipping + order.tax

    def test_has_the_state_its_money_tells(self) -> None:
        for order in orders():
            if order.financial_status is FinancialStatus.REFUNDED:
                assert order.refunded == order.total - order.shipping
            if order.financial_status is FinancialStatus.PARTIALLY_REFUNDED:
                assert 0 < order.refunded < order.total - order.shipping
            voided = order.financial_status is FinancialStatus.VOIDED
            assert voided == (order.status is OrderStatus.CANCELLED) == (order.cancelled_at is not None)

    def test_comes_in_every_state_a_report_distinguishes(self) -> None:
        assert {order.status for order in orders()} == {
            OrderStatus.PROCESSING,
            OrderStatus.COMPLETED,
            OrderStatus.CANCELLED,
            OrderStatus.REFUNDED,
        }

    def test_lies_in_the_past(self) -> None:
        for order in orders():
            assert max(order.placed_at, order.fulfilled_at or NOW, order.cancelled_at or NOW) <= NOW
