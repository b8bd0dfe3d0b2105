"""What patterns of input are made of."""

END = r"(?!\n)$"
"""The end of a text; `$` alone matches before a last line break, too, here and not in JavaScript."""
