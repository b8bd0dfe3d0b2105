"""Query strings, checked before anything reads them."""

from urllib.parse import parse_qsl

from shoplytics.api.plans import Plan


def check_query(raw: bytes, plan: Plan) -> tuple[tuple[str, str], ...]:
    """Name and value pairs."""
    return tuple(parse_qsl(raw.decode("latin-1"), keep_blank_values=True))
