"""What a cart costs: every amount to the unit, whatever is in the cart and whatever the store takes off."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.domain import (
    CartLine,
    Discount,
    DiscountScope,
    Place,
    ShippingRate,
    TaxRate,
    price,
    shipping_options,
    tax_rates_at,
)
from tests.modules.sales.any_carts import (
    DISCOUNTS,
    LINES,
    PIZZA,
    ROBOT,
    TAXES,
    TOYS,
    amount,
    free,
    line,
    percent,
    shipping,
    tax,
)

FEW_PIECES = st.lists(
    st.builds(line, st.integers(0, 9), st.integers(1, 6), product=st.sampled_from([PIZZA, ROBOT])),
    min_size=1,
    max_size=4,
)
FREE_ITEMS = st.lists(
    st.builds(
        lambda buy, get, products: free(
            buy, get, combines=True, scope=DiscountScope.PRODUCTS, targets=frozenset(products)
        ),
        st.integers(1, 3),
        st.integers(1, 3),
        st.sets(st.sampled_from([PIZZA, ROBOT]), min_size=1),
    ),
    max_size=4,
)


class TestTotals:
    @settings(max_examples=200, deadline=None)
    @given(LINES, TAXES)
    def test_do_not_grow_by_a_tax_that_the_prices_contain(
        self, lines: list[CartLine], taxes: list[TaxRate]
    ) -> None:
        inside = [one for one in taxes if one.inclusive]
        assert price(lines, taxes=inside).total == price(lines).total

    @settings(max_examples=200, deadline=None)
    @given(LINES, DISCOUNTS)
    def test_are_never_worse_for_the_shopper_by_one_more_discount(
        self, lines: list[CartLine], discounts: list[Discount]
    ) -> None:
        alone = [one for one in discounts if not one.combines]
        whole = price(lines, discounts=alone).total
        assert all(whole <= price(lines, discounts=[one]).total for one in alone)


class TestDiscounts:
    def test_take_a_percentage_off_rounded_half_up(self) -> None:
        priced = price([line(333), line(333), line(333)], discounts=[percent(50)])
        assert [one.discount for one in priced.lines] == [167, 167, 166]
        assert priced.total == 499

    def test_never_take_more_than_there_is(self) -> None:
        assert price([line(500)], discounts=[amount(900)]).total == 0

    def test_leave_other_products_alone(self) -> None:
        only = amount(300, scope=DiscountScope.PRODUCTS, targets=frozenset({ROBOT}))
        priced = price([line(1000), line(200, product=ROBOT)], discounts=[only])
        assert [one.discount for one in priced.lines] == [0, 200]

    def test_are_about_a_category_with_everything_under_it(self) -> None:
        toys = percent(10, scope=DiscountScope.CATEGORIES, targets=frozenset({TOYS}))
        priced = price([line(1000), line(1000, product=ROBOT)], discounts=[toys])
        assert [one.discount for one in priced.lines] == [0, 100]

    def test_give_the_cheapest_pieces_free(self) -> None:
        priced = price([line(900, 2), line(500, 2), line(100, 2)], discounts=[free(2, 1)])
        assert [one.discount for one in priced.lines] == [0, 0, 200]
        assert price([line(900, 5)], discounts=[free(1, 1)]).discount == 1800

    @pytest.mark.parametrize(
        ("pieces", "offers", "paid"),
        [
            (2, [(1, 1), (1, 1)], 1),
            (4, [(1, 1), (1, 1)], 1),
            (4, [(2, 1), (3, 1)], 3),
            (4, [(2, 1), (2, 1)], 2),
        ],
    )
    def test_count_no_piece_that_another_gave_away(
        self, pieces: int, offers: list[tuple[int, int]], paid: int
    ) -> None:
        both = [free(buy, get, combines=True) for buy, get in offers]
        assert price([line(1000, pieces)], discounts=both).total == paid * 1000

    @given(FEW_PIECES, FREE_ITEMS)
    def test_give_each_piece_away_once(self, lines: list[CartLine], both: list[Discount]) -> None:
        """Against a model that has every piece in its hand: what is paid are the pieces that are left."""
        left = [(one.unit_price, -place) for place, one in enumerate(lines) for _ in range(one.quantity)]
        for discount in both:
            theirs = sorted(piece for piece in left if discount.about(lines[-piece[1]]))
            gone = theirs[: len(theirs) // (discount.buy + discount.get) * discount.get]
            if sum(worth for worth, _ in gone):  # else it does not count
                for piece in gone:
                    left.remove(piece)
        priced = price(lines, discounts=both)
        assert priced.total == sum(worth for worth, _ in left)
        assert [one.net for one in priced.lines] == [
            sum(worth for worth, of in left if of == -place) for place in range(len(lines))
        ]

    @pytest.mark.parametrize(("minimum", "off"), [(3000, 300), (3001, 0)])
    def test_wait_for_their_minimum(self, minimum: int, off: int) -> None:
        assert price([line(1500, 2)], discounts=[percent(10, minimum=minimum)]).discount == off

    def test_wait_for_enough_pieces(self) -> None:
        three = percent(10, minimum_quantity=3)
        assert price([line(1000, 2)], discounts=[three]).discount == 0
        assert price([line(1000, 3)], discounts=[three]).discount == 300

    def test_stand_beside_each_other_only_if_all_combine(self) -> None:
        ten, five = percent(10, combines=True), amount(500, combines=True)
        alone = percent(14)
        assert price([line(10_000)], discounts=[five, ten]).discount == 1500
        assert price([line(10_000)], discounts=[five, ten, alone]).discount == 1500
        assert [one.discount for one in price([line(10_000)], discounts=[ten, alone]).discounts] == [alone]

    def test_come_by_kind_before_age(self) -> None:
        five, half = amount(100, combines=True), percent(50, combines=True)
        assert price([line(1000)], discounts=[five, half]).discount == 600


class TestTaxes:
    def test_come_on_top_rounded_once_an_order(self) -> None:
        priced = price([line(33), line(33), line(34)], taxes=[tax(75_000)])
        assert (priced.tax, priced.total) == (8, 108)  # 7.5, halves up; line by line it would be 2 + 2 + 3
        assert sum(one.tax for one in priced.lines) == 8

    def test_are_taken_out_of_prices_that_contain_them(self) -> None:
        priced = price([line(12_000)], taxes=[tax(200_000, inclusive=True)])
        assert (priced.tax, priced.tax_included, priced.total) == (2000, 2000, 12_000)

    def test_come_on_top_of_what_is_left_without_the_contained(self) -> None:
        priced = price([line(12_000)], taxes=[tax(200_000, inclusive=True), tax(100_000)])
        assert (priced.tax, priced.total) == (3000, 13_000)

    def test_are_on_shipping_unless_it_is_left_out(self) -> None:
        lines, post = [line(1000)], shipping(500)
        assert price(lines, shipping=post, taxes=[tax(100_000)]).tax == 150
        assert price(lines, shipping=post, taxes=[tax(100_000, on_shipping=False)]).tax == 100

    def test_are_not_on_what_is_not_taxable(self) -> None:
        assert price([line(1000, taxable=False), line(1000)], taxes=[tax(100_000)]).tax == 100

    def test_are_on_what_is_paid_after_discounts(self) -> None:
        assert price([line(1000)], discounts=[percent(50)], taxes=[tax(100_000)]).tax == 50


class TestPlaces:
    HOME = shipping(100, places=[Place(country="NG")])
    LAGOS = shipping(50, places=[Place(country="NG", province="Lagos")])
    WORLD = shipping(900)
    RATES = (HOME, LAGOS, WORLD)

    @pytest.mark.parametrize(
        ("country", "province", "expected"),
        [
            ("NG", "lagos ", [LAGOS]),
            ("NG", "Kano", [HOME]),
            ("KE", "", [WORLD]),
        ],
    )
    def test_count_by_the_nearest_that_is_named(
        self, country: str, province: str, expected: list[ShippingRate]
    ) -> None:
        assert shipping_options(self.RATES, country=country, province=province, goods=0) == expected

    def test_are_shown_cheapest_first_and_free_from_a_worth(self) -> None:
        slow, fast = shipping(300, free_from=5000), shipping(200)
        assert shipping_options([slow, fast], country="NG", province="", goods=4999) == [fast, slow]
        assert shipping_options([slow, fast], country="NG", province="", goods=5000) == [slow, fast]

    def test_have_no_tax_where_no_rate_names_them(self) -> None:
        home = TaxRate(id=new_id(), name="VAT", rate=75_000, places=(Place(country="NG"),))
        assert tax_rates_at([home], country="KE", province="") == []


class TestShipping:
    def test_costs_nothing_from_the_worth_on_that_is_left_after_discounts(self) -> None:
        post = shipping(500, free_from=1000)
        assert price([line(1000)], shipping=post).shipping == 0
        assert price([line(1000)], discounts=[amount(1)], shipping=post).shipping == 500
