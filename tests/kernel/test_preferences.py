"""The kinds of mails one can do without."""

import msgspec

from shoplytics.kernel.preferences import MailKind, MailWishes


class TestMailWishes:
    def test_has_a_field_for_every_kind_and_no_other(self) -> None:
        assert list(MailWishes.__struct_fields__) == [kind.value for kind in MailKind]

    def test_knows_each_by_itself(self) -> None:
        for kind in MailKind:
            wishes = msgspec.convert({kind.value: False}, MailWishes)
            assert [other for other in MailKind if not wishes.want(other)] == [kind]
