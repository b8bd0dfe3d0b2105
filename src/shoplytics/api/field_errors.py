"""The second pass after a failed decode: every bad field, where the decoder stopped at the first."""

import re
import types
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from shoplytics.kernel.codec import decode_hook
from shoplytics.kernel.errors import FieldError, Invalid

CODES: tuple[tuple[str, str], ...] = (
    (r"missing required field", "required"),
    (r"unknown field", "unknown_field"),
    (r"of length >=", "too_short"),
    (r"of length <=", "too_long"),
    (r"(>=|<=|>|<) -?\d|out of range|multiple of", "out_of_range"),
    (r"matching regex", "invalid_format"),
    (r"Invalid enum value", "invalid_choice"),
    (r"^Expected `", "invalid_type"),
    (r"^Invalid |badly formed", "invalid_format"),
)
PATH = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
MAX_ERRORS = 100


def code_of(message: str) -> str:
    """A stable code for one of msgspec's sentences."""
    return next((code for pattern, code in CODES if re.search(pattern, message)), "invalid")


def escaped(name: str) -> str:
    """One reference token of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _of_message(text: str, pointer: str) -> FieldError:
    path = PATH.search(text)
    sentence = PATH.sub("", text)
    steps = STEP.findall(path[1]) if path else []
    where = pointer + "".join("/" + escaped(name or index) for name, index in steps)
    missing = re.search(r"(?:missing required|unknown) field `([^`]*)`", sentence)
    if missing:
        where += "/" + escaped(missing[1])
    return FieldError(where, code_of(sentence), sentence)


def field_errors(value: object, kind: Any) -> Iterator[FieldError]:  # noqa: ANN401 - any annotation
    """Up to a hundred errors of `value` as `kind`; a ValidationError as `value` is read from its sentence."""
    if isinstance(value, msgspec.ValidationError):
        yield _of_message(str(value), "")
        return
    for count, error in enumerate(_errors(value, kind, ""), 1):
        yield error
        if count == MAX_ERRORS:
            return


def _errors(value: object, kind: Any, pointer: str) -> Iterator[FieldError]:  # noqa: ANN401
    try:
        msgspec.convert(value, kind, dec_hook=decode_hook)
    except (msgspec.ValidationError, ValueError) as error:
        own = _of_message(str(error), pointer)
        if "matching regex" in own.message:
            own = FieldError(own.pointer, own.code, _form(kind))
    else:
        return
    inner = list(_inner_errors(value, _bare(kind), pointer))
    yield from inner or [own]


def _form(kind: Any) -> str:  # noqa: ANN401 - any annotation
    """A pattern says nothing to people; an example does."""
    while get_origin(kind) in {Union, types.UnionType}:
        kind = next((one for one in get_args(kind) if get_origin(one) is Annotated), None)
    metas = kind.__metadata__ if get_origin(kind) is Annotated else ()
    found = [example for meta in metas for example in getattr(meta, "examples", None) or ()]
    like = f", such as {found[0]}" if found else ""
    return f"This does not have the form it needs{like}."


def _bare(kind: Any) -> Any:  # noqa: ANN401
    """Without Annotated, and `X | None` as X when there is one X."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {Union, types.UnionType}:
        others = [one for one in get_args(kind) if one not in {types.NoneType, msgspec.UnsetType}]
        return _bare(others[0]) if len(others) == 1 else kind
    return kind


def _inner_errors(value: object, kind: Any, pointer: str) -> Iterator[FieldError]:  # noqa: ANN401
    if isinstance(value, list) and get_origin(kind) in {list, tuple, set, frozenset}:
        arguments = [one for one in get_args(kind) if one is not Ellipsis]
        if len(arguments) == 1:
            for index, one in enumerate(value):
                yield from _errors(one, arguments[0], f"{pointer}/{index}")
    origin = get_origin(kind) or kind
    if isinstance(value, dict) and isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        yield from _struct_errors(value, kind, origin, pointer)


def _struct_errors(
    value: dict[str, object],
    kind: Any,  # noqa: ANN401 - a Struct or a parametrized one
    origin: type[msgspec.Struct],
    pointer: str,
) -> Iterator[FieldError]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    tag = origin.__struct_config__.tag_field
    if origin.__struct_config__.forbid_unknown_fields:
        for name in value.keys() - fields.keys() - {tag}:
            yield FieldError(f"{pointer}/{escaped(name)}", "unknown_field", "There is no such field.")
    for name, field in fields.items():
        where = f"{pointer}/{escaped(name)}"
        if name not in value:
            if field.required:
                yield FieldError(where, "required", "This field is required.")
        elif not isinstance(field.type, TypeVar):
            found = list(_errors(value[name], field.type, where))
            yield from found or _refused(origin, name, value[name], pointer)


def _refused(form: type[msgspec.Struct], name: str, value: object, pointer: str) -> Iterator[FieldError]:
    """What the service would say of a field that was decoded, had the rest been decoded too.

    A form names such checks in `checks`, by field; each raises Invalid with pointers into the form.
    """
    check = getattr(form, "checks", {}).get(name)
    if check is None or not value:
        return
    try:
        check(value)
    except Invalid as refusal:
        yield from (FieldError(pointer + one.pointer, one.code, one.message) for one in refusal.errors)
