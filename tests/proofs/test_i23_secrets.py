"""I23: a secret stands nowhere but with its people: in no dump, log, metric or error, and not in Redis."""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pyotp
import pytest

from shoplytics.adapters.redis.client import open_redis
from shoplytics.api import Api
from shoplytics.settings import OidcSettings, Settings
from tests.apps import serving
from tests.builders import register, sign_in
from tests.letters import code_to, token_to
from tests.oidc_provider import CLIENT_ID, Forge, forge, sign
from tests.proofs.proof import Mutant, account
from tests.proofs.walls.dump import hits, of_database, of_redis

PEER = "203.0.113.187"
OLD, NEW, WRONG = "four lilac umbrellas in rain", "nine brass kettles on ice", "two wrong pelicans at dawn"
CLIENT = "grey-otters-count-tin-cups"
AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"}


@pytest.fixture
def provider() -> Iterator[Forge]:
    with forge() as made:
        yield made


@pytest.fixture
async def limited(settings: Settings, provider: Forge) -> AsyncIterator[Api]:
    """With its limits on, because they write to Redis who came, and a sign-in provider."""
    own = OidcSettings(name="forge", issuer=provider.issuer, client_id=CLIENT_ID, client_secret=CLIENT)
    async with serving(msgspec.structs.replace(settings, rate_limits=True, oidc=(own,))) as application:
        yield application


@pytest.fixture
async def browser(limited: Api) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(limited, client=(PEER, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


class Journey:
    """One person's way through everything that has a secret; `answers` are those that must hold none."""

    def __init__(self, app: Api, client: httpx.AsyncClient) -> None:
        self._app = app
        self._client = client
        self.secrets = {"address": PEER, "first password": OLD, "new password": NEW, "wrong password": WRONG}
        self.answers: list[str] = []

    async def post(self, path: str, body: object, status: int, **headers: str) -> httpx.Response:
        answer = await self._client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        self.answers.append(f"POST {path} {answer.headers}" + ("" if status == 200 else answer.text))
        return answer

    async def code(self, purpose: str, target: str) -> dict[str, str]:
        """Asked for, and read in the mail."""
        asked = await self.post("/auth/otp/request", {"target": target, "purpose": purpose}, 202)
        code = await code_to(self._app.parts.infra, target)
        self.secrets[f"code for {purpose}"] = code
        return {
            "challenge_id": asked.json()["challenge_id"],
            "target": target,
            "purpose": purpose,
            "code": code,
        }

    def keep(self, name: str, pair: Mapping[str, object]) -> None:
        self.secrets[f"{name}: access token"] = str(pair["access_token"])
        self.secrets[f"{name}: refresh token"] = str(pair["refresh_token"])

    async def identity(self) -> None:
        infra, client = self._app.parts.infra, self._client
        who = await register(client, password=OLD)
        email = who.email
        self.secrets["verification link"] = await token_to(infra, email)
        await self.post("/auth/login", {"identifier": email, "password": WRONG}, 401)
        self.keep("signed in", await sign_in(client, email, OLD))
        refreshed = await self.post("/auth/refresh", {"refresh_token": who.refresh_token}, 200)
        self.keep("refreshed", refreshed.json())
        await self.post("/auth/refresh", {"refresh_token": who.refresh_token}, 401)
        await self.post("/auth/email/verify", {"token": self.secrets["verification link"]}, 204)
        login = await self.code("login", email)
        await self.post("/auth/otp/verify", {**login, "challenge_id": str(who.user_id)}, 400)
        self.keep("by code", (await self.post("/auth/otp/verify", login, 200)).json())
        await self.post("/auth/password/forgot", {"email": email}, 202)
        self.secrets["reset link"] = await token_to(infra, email)
        reset = {"token": self.secrets["reset link"], "password": NEW}
        await self.post("/auth/password/reset", reset, 204)
        await self.post("/auth/password/reset", reset, 400)
        pair = await sign_in(client, email, NEW)
        self.keep("last", pair)
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        await self._store(bearer)
        await self._two_factor(bearer)

    async def provider(self, other: Forge) -> None:
        """A sign-in that the provider refuses, and one that it forges."""
        self.secrets["provider's client secret"] = CLIENT
        for number, status in enumerate((500, 200)):
            begun = await self._client.get("/api/v1/auth/oidc/forge")
            other.token, other.status = sign(other.claims("of another sign-in")), status
            asked = parse_qs(urlsplit(begun.headers["location"]).query)
            back = {"code": "x", "state": asked["state"][0]}
            answer = await self._client.get("/api/v1/auth/oidc/forge/callback", params=back)
            assert answer.status_code in {401, 503}, answer.text
            self.answers.append(answer.text)
            assert b64decode(other.asked[number]["authorization"].split()[1]).endswith(CLIENT.encode())

    async def _two_factor(self, bearer: dict[str, str]) -> None:
        begun = await self.post("/me/two-factor", {"password": NEW}, 201, **bearer)
        self.answers.pop()  # the one that shows the secret
        secret = self.secrets["authenticator's secret"] = begun.json()["secret"]
        await self.post("/me/two-factor/confirm", {"code": "000000"}, 400, **bearer)
        code = pyotp.TOTP(secret).now()
        confirmed = await self.post("/me/two-factor/confirm", {"code": code}, 200, **bearer)
        self.secrets |= {f"recovery code {n}": c for n, c in enumerate(confirmed.json()["recovery_codes"])}

    async def _store(self, bearer: dict[str, str]) -> None:
        made = await self.post("/stores", {"name": "Shop", "currency": "GBP"}, 201, **bearer)
        store = f"/stores/{made.json()['id']}"
        form = {"name": "Till", "scopes": ["products:read"]}
        self.secrets["API key"] = (await self.post(f"{store}/api-keys", form, 201, **bearer)).json()["key"]
        self.answers.pop()  # the one that shows the key
        by_key = {"Authorization": f"Bearer {self.secrets['API key']}"}
        assert (await self._client.get(f"/api/v1{store}/products", headers=by_key)).status_code == 200
        guest = "guest@example.com"
        await self.post(f"{store}/invitations", {"email": guest, "role": "staff"}, 201, **bearer)
        self.secrets["invitation"] = await token_to(self._app.parts.infra, guest)
        beacon = {"store_id": made.json()["id"], "path": "/"}
        visit = await self._client.post("/api/v1/track", json=beacon, headers=AGENT)
        assert visit.status_code == 202
        bad = {"Authorization": f"{bearer['Authorization']}x"}
        lost = await self._client.get("/api/v1/me", headers=bad)
        assert lost.status_code == 401
        self.answers.append(lost.text)


class TestSecrets:
    async def test_are_nowhere_but_with_their_people(
        self,
        *,
        limited: Api,
        provider: Forge,
        browser: httpx.AsyncClient,
        settings: Settings,
        owner_url: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        redis = open_redis(settings.redis_url, seconds=10.0)
        await redis.flushdb()
        journey = Journey(limited, browser)
        await journey.identity()
        await journey.provider(provider)
        metrics = await browser.get("/metrics")
        places = {
            "database": await of_database(owner_url),
            "redis": await of_redis(redis),
            "log": "".join(capsys.readouterr()),
            "metrics": metrics.text,
            "answers": "\n".join(journey.answers),
        }
        await redis.aclose(close_connection_pool=True)
        found = [f"{place}: {hit}" for place, text in places.items() for hit in hits(text, journey.secrets)]
        assert "\n".join(found) == ""
        assert "identity_user" in places["database"]
        assert ":limit" in places["redis"]
        assert '"event":"request"' in places["log"]
        account("I23", secrets=len(journey.secrets), characters=sum(map(len, places.values())))


MUTANTS = [
    Mutant(
        promise="I23",
        says="a letter waits as it is, not sealed",
        file="src/shoplytics/adapters/postgres/mails.py",
        old="        sealed = self._vault.seal(body, context=_place(mail_id))",
        new="        sealed = body",
        test="test_i23_secrets.py::TestSecrets::test_are_nowhere_but_with_their_people",
    ),
    Mutant(
        promise="I23",
        says="Redis is told who came",
        file="src/shoplytics/api/limits.py",
        old='        return hmac.digest(self._key, exchange.client.address.encode(), "sha256")[:16].hex()',
        new="        return exchange.client.address",
        test="test_i23_secrets.py::TestSecrets::test_are_nowhere_but_with_their_people",
    ),
]
