"""A letter is what a module has to say to somebody by mail or text message."""

from typing import ClassVar

import msgspec

from shoplytics.kernel.preferences import MailKind


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """Subclasses set `template`; their fields are what the template may say.

    `<template>.txt` and `<template>.html` are a mail's two bodies, its first text line the subject;
    `<template>.sms` is the text message. A letter may hold secrets: it is sealed wherever it waits. One that
    its reader can do without names its `kind`, and is not written to those who do not want it.
    """

    template: ClassVar[str] = "letter"
    kind: ClassVar[MailKind | None] = None
