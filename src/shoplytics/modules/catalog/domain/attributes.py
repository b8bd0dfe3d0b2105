"""What a store tells of its products beyond the common fields, and the values that fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from shoplytics.kernel.errors import Conflict, FieldError, Invalid, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.texts import tidy

MAX_ATTRIBUTES = 200
MAX_TEXT = 1_000
MAX_NUMBER = 10**15

AttributeValue: TypeAlias = str | bool | int | float | list[str]


class AttributeKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"


CHOOSING = frozenset({AttributeKind.CHOICE, AttributeKind.CHOICES})


class CodeTaken(Conflict):
    code = "code_taken"
    message = "Another attribute of the store has this code."


class KindKept(Conflict):
    code = "kind_kept"
    message = "A deleted attribute of another kind has this code, and products keep its values: restore it."


class ChoiceUsed(Conflict):
    code = "choice_in_use"
    message = "Products have a choice that would be gone."


class TooManyAttributes(Conflict):
    code = "too_many_attributes"
    message = f"A store has {MAX_ATTRIBUTES} attributes at most."


@dataclass(kw_only=True, eq=False)
class Attribute:
    """Of every product, or of those of a category with what is under it, or of a product type."""

    store_id: UUID
    code: str
    name: str
    kind: AttributeKind
    created_at: datetime
    updated_at: datetime
    unit: str | None = None
    choices: Sequence[str] = ()
    category_id: UUID | None = None
    product_type: str | None = None
    required: bool = False
    filterable: bool = True
    position: int = 1
    version: int = 1
    id: UUID = field(default_factory=new_id)

    def check(self) -> None:
        """Raises Invalid when the choices do not fit the kind."""
        if (self.kind in CHOOSING) != bool(self.choices):
            message = "An attribute of kind choice or choices has some, and no other."
            raise invalid_field("/choices", "wrong_choices", message)
        if len(set(self.choices)) != len(self.choices):
            raise invalid_field("/choices", "duplicate_choice", "Each choice differs from the others.")


def checked_values(
    definitions: Sequence[Attribute], sent: Mapping[str, AttributeValue | None], *, has: frozenset[str]
) -> dict[str, AttributeValue | None]:
    """The sent values in the form they are kept in; None takes one away. Raises Invalid with every error.

    `definitions` are those that apply to the product, `has` the codes it has values of already.
    """
    by_code = {one.code: one for one in definitions}
    values: dict[str, AttributeValue | None] = {}
    wrong: list[FieldError] = []
    for code, value in sent.items():
        definition = by_code.get(code)
        try:
            if value is not None and definition is None:
                message = "The store has no such attribute for this product."
                raise _Unfit("unknown_attribute", message)
            values[code] = None if value is None or definition is None else _fit(definition, value)
        except _Unfit as error:
            wrong.append(FieldError(f"/attributes/{_escaped(code)}", error.code, str(error)))
    left = (has | {code for code, value in values.items() if value is not None}) - {
        code for code, value in values.items() if value is None
    }
    for definition in definitions:
        if definition.required and definition.code not in left | {e.pointer[12:] for e in wrong}:
            message = "A product of this kind needs a value."
            wrong.append(FieldError(f"/attributes/{definition.code}", "required", message))
    if wrong:
        raise Invalid(errors=wrong)
    return values


class _Unfit(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _escaped(code: str) -> str:
    return code.replace("~", "~0").replace("/", "~1")


def _fit(definition: Attribute, value: AttributeValue) -> AttributeValue:
    kind = definition.kind
    if kind is AttributeKind.BOOLEAN and isinstance(value, bool):
        return value
    if kind is AttributeKind.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) > MAX_NUMBER:
            raise _Unfit("out_of_range", "Give a number of reasonable size.")
        return plain_number(value)
    if kind is AttributeKind.CHOICES and isinstance(value, list):
        tidied = [tidy(choice) for choice in value]
        chosen = [choice for choice in definition.choices if choice in value or choice in tidied]
        if not chosen or len(chosen) != len(value):
            raise _Unfit("invalid_choice", f"Choose some of {', '.join(definition.choices)}, each once.")
        return chosen
    if isinstance(value, str) and kind in {AttributeKind.TEXT, AttributeKind.DATE, AttributeKind.CHOICE}:
        return _fit_text(definition, value)
    raise _Unfit("invalid_type", f"The attribute is of kind {kind}.")


def plain_number(value: float) -> int | float:
    """A whole number has one form, 1 and not 1.0: texts of values are compared where lists are searched."""
    return int(value) if isinstance(value, int) or value.is_integer() else value


def _fit_text(definition: Attribute, value: str) -> str:
    if definition.kind is AttributeKind.CHOICE:
        if value in definition.choices:
            return value
        if tidy(value) in definition.choices:
            return tidy(value)
        raise _Unfit("invalid_choice", f"Choose one of {', '.join(definition.choices)}.")
    if definition.kind is AttributeKind.DATE:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise _Unfit("invalid_format", "Give a date such as 2026-03-01.") from None
    if not value.strip():
        raise _Unfit("too_short", "Give some text, or null for none.")
    if len(value) > MAX_TEXT:
        raise _Unfit("too_long", f"At most {MAX_TEXT:,} characters.")
    return tidy(value)
