"""Descriptions: a small set of HTML that no reader's page is harmed by, or plain text."""

import re

import nh3

_MARKUP = re.compile(r"<[a-zA-Z/!?]")  # nothing else opens a tag, a comment or an instruction in HTML
_TAGS = {
    "p", "br", "hr", "div", "blockquote", "pre", "code", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li",
    "strong", "b", "em", "i", "u", "sub", "sup", "a", "img",
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td",
}  # fmt: skip
_SILENT = {
    "script", "style", "template", "iframe", "noscript", "noembed", "noframes", "svg", "math", "title",
    "textarea", "xmp", "select", "object",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "th": {"colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Mail addresses are for links; sizes and spans are numbers."""
    if (tag, name) == ("img", "src") and not value.lower().startswith(("https://", "http://")):
        return None
    if name in {"width", "height", "colspan", "rowspan"} and not (value.isascii() and value.isdigit()):
        return None
    return value


_cleaner = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_SILENT,
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener nofollow",
)


def rich_text(text: str) -> str:
    """Without scripts, styles and whatever else is not in the set; text without a tag stays as it is.

    Cleaning what is clean changes nothing, so that an exported description is imported as it was.
    """
    if not _MARKUP.search(text):
        return text
    return str(_cleaner.clean(text)).strip()
