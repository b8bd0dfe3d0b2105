"""What patterns of input are made of."""

END = r"(?!\n)$"
"""The end of a text; `$` alone matches before a last line break, too, here and not in JavaScript."""

ONE_LINE = r"^[^\n\v\f\r\u0085\u2028\u2029]*" + END
"""No line breaks, as Unicode counts them."""
