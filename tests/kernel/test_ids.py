"""Identifiers that sort by time."""

from datetime import UTC, datetime, timedelta

from shoplytics.kernel.ids import first_id_at, new_id


class TestFirstIdAt:
    def test_stands_between_the_ids_made_before_and_after(self) -> None:
        made, now = new_id(), datetime.now(UTC)
        assert first_id_at(now - timedelta(seconds=1)) < made < first_id_at(now + timedelta(seconds=1))

    def test_is_a_uuid_of_version_seven(self) -> None:
        first = first_id_at(datetime(2026, 3, 1, tzinfo=UTC))
        assert (first.version, first.hex[12:]) == (7, "70008000000000000000")
