"""Codes by time against a clock that stands where it is told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
import pyotp
import pytest

from shoplytics.adapters.vault import AesVault
from shoplytics.modules.identity.domain.errors import SecondFactorNeeded, WrongSecondFactor
from shoplytics.modules.identity.domain.two_factor import RecoverySeal, new_recovery_codes, step_of
from shoplytics.modules.identity.ports.two_factor import Factor
from shoplytics.modules.identity.service.two_factor import TwoFactorCheck
from tests.fakes import NOON, Clock

KEY = b"test-key-" * 4
USER = uuid4()
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
APP = pyotp.TOTP(SECRET)


@dataclass
class MemoryFactors:
    rows: dict[UUID, Factor] = field(default_factory=dict)
    codes: set[bytes] = field(default_factory=set)

    async def find(self, user_id: UUID) -> Factor | None:
        return self.rows.get(user_id)

    async def use_step(self, *, user_id: UUID, step: int) -> bool:
        if self.rows[user_id].last_step >= step:
            return False
        self.rows[user_id] = msgspec.structs.replace(self.rows[user_id], last_step=step)
        return True

    async def use_recovery_code(self, *, user_id: UUID, code_hash: bytes, now: datetime) -> bool:
        known = code_hash in self.codes
        self.codes.discard(code_hash)
        return known


def checking(codes: Sequence[str] = ()) -> TwoFactorCheck:
    vault, seal = AesVault([KEY]), RecoverySeal(KEY)
    sealed = vault.seal(SECRET.encode(), context=f"identity_totp:secret:{USER}")
    factors = MemoryFactors({USER: Factor(secret=sealed, last_step=0, confirmed_at=NOON)})
    factors.codes = {seal.digest(USER, code) for code in codes}
    return TwoFactorCheck(factors=factors, vault=vault, seal=seal)


class TestStepOf:
    @pytest.mark.parametrize(
        ("seconds", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
    )
    def test_takes_one_step_of_difference(self, seconds: int, good: bool) -> None:
        code = APP.at(int(NOON.timestamp()) + seconds)
        assert (step_of(SECRET, code, now=NOON, after=0) is not None) is good

    def test_takes_no_step_that_was_used(self) -> None:
        step = step_of(SECRET, APP.at(NOON), now=NOON, after=0)
        assert step is not None
        assert step_of(SECRET, APP.at(NOON), now=NOON, after=step) is None


class TestCheck:
    async def test_lets_pass_who_has_no_second_factor(self) -> None:
        await checking().check(user_id=uuid4(), code=None, now=NOON)

    async def test_tells_a_missing_code_from_a_wrong_one(self) -> None:
        check = checking()
        with pytest.raises(SecondFactorNeeded):
            await check.check(user_id=USER, code=None, now=NOON)
        for wrong in ("000000", "abcde-fghjk", "\u0661\u0662\u0663\u0664\u0665\u0666"):
            with pytest.raises(WrongSecondFactor):
                await check.check(user_id=USER, code=wrong, now=NOON)

    async def test_takes_a_code_once_and_the_next_one_later(self) -> None:
        check, clock = checking(), Clock()
        await check.check(user_id=USER, code=APP.at(clock.now), now=clock.now)
        with pytest.raises(WrongSecondFactor):
            await check.check(user_id=USER, code=APP.at(clock.now), now=clock.now)
        clock.pass_(seconds=30)
        await check.check(user_id=USER, code=APP.at(clock.now), now=clock.now)

    async def test_takes_a_recovery_code_of_this_user_once(self) -> None:
        codes = new_recovery_codes()
        check = checking(codes)
        await check.check(user_id=USER, code=codes[3].upper(), now=NOON)
        with pytest.raises(WrongSecondFactor):
            await check.check(user_id=USER, code=codes[3], now=NOON)
        assert RecoverySeal(KEY).digest(uuid4(), codes[0]) != RecoverySeal(KEY).digest(USER, codes[0])
