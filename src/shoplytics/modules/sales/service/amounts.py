"""Amounts of a request, read in the currency of its store; what is wrong with them gathers."""

from shoplytics.kernel.errors import FieldError
from shoplytics.kernel.money import InvalidMoney, minor_of
from shoplytics.modules.sales.schemas import Amount, Price


class Amounts:
    def __init__(self, currency: str) -> None:
        self._currency = currency
        self.errors: list[FieldError] = []

    def minor(self, price: Price | None, pointer: str) -> int | None:
        """Minor units; None also for what is wrong, with an error."""
        if price is None:
            return None
        text = price
        if isinstance(price, Amount):
            text = price.amount
            if price.currency != self._currency:
                message = f"The store's currency is {self._currency}."
                self.errors.append(FieldError(pointer, "currency_mismatch", message))
                return None
        try:
            minor = minor_of(str(text), self._currency)
        except InvalidMoney as error:
            self.errors.append(FieldError(pointer, error.code, str(error)))
            return None
        if minor < 0:
            self.errors.append(FieldError(pointer, "out_of_range", "An amount is not negative."))
            return None
        return minor
