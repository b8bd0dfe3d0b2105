"""Sign-in providers in the environment: three variables each, under a name of one's own."""

from pathlib import Path

import pytest
from tests.settings.test_load import GIVEN, of, problems

from shoplytics.settings import OidcSettings

GOOGLE = {
    "SHOPLYTICS_OIDC_GOOGLE_ISSUER": "https://accounts.google.com",
    "SHOPLYTICS_OIDC_GOOGLE_CLIENT_ID": "1.apps.example",
    "SHOPLYTICS_OIDC_GOOGLE_CLIENT_SECRET": "hush",
}
OWN = {
    "SHOPLYTICS_OIDC_K8_ISSUER": "http://127.0.0.1:9400/realms/shop/",
    "SHOPLYTICS_OIDC_K8_CLIENT_ID": "shop",
    "SHOPLYTICS_OIDC_K8_CLIENT_SECRET": "hush",
}


class TestProviders:
    def test_are_none_by_default(self) -> None:
        assert of().oidc == ()

    def test_are_read_by_name(self) -> None:
        google = OidcSettings(
            name="google",
            issuer="https://accounts.google.com",
            client_id="1.apps.example",
            client_secret="hush",
        )
        own = OidcSettings(
            name="k8", issuer="http://127.0.0.1:9400/realms/shop/", client_id="shop", client_secret="hush"
        )
        assert of(**OWN, **GOOGLE).oidc == (google, own)
        assert "hush" not in repr(google)

    def test_take_secrets_from_files(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text("from a file\n")
        given = {name: text for name, text in GOOGLE.items() if not name.endswith("SECRET")}
        (google,) = of(**given, SHOPLYTICS_OIDC_GOOGLE_CLIENT_SECRET_FILE=str(file)).oidc
        assert google.client_secret == "from a file"

    @pytest.mark.parametrize("left_out", list(GOOGLE))
    def test_need_all_three(self, left_out: str) -> None:
        (problem,) = problems({**GIVEN, **GOOGLE, left_out: ""})
        assert problem.startswith(f"{left_out}: is required with SHOPLYTICS_OIDC_GOOGLE_")

    @pytest.mark.parametrize(
        "issuer",
        [
            "http://accounts.google.com",
            "http://localhost.example",
            "accounts.google.com",
            "https://a.example?x=1",
            "https://user:hush@a.example",
            "file:///etc/passwd",
        ],
    )
    def test_are_reached_over_tls(self, issuer: str) -> None:
        (problem,) = problems({**GIVEN, **GOOGLE, "SHOPLYTICS_OIDC_GOOGLE_ISSUER": issuer})
        assert problem.startswith("SHOPLYTICS_OIDC_GOOGLE_ISSUER: ")
        assert "https" in problem

    @pytest.mark.parametrize("issuer", ["http://localhost:9400", "http://[::1]:9400", "https://a.example/b"])
    def test_may_be_on_this_machine(self, issuer: str) -> None:
        (google,) = of(**{**GOOGLE, "SHOPLYTICS_OIDC_GOOGLE_ISSUER": issuer}).oidc
        assert google.issuer == issuer

    def test_are_told_all_their_mistakes_at_once(self) -> None:
        wrong = {**GOOGLE, "SHOPLYTICS_OIDC_GOOGLE_ISSUER": "x", "SHOPLYTICS_OIDC_GOOGLE_CLIENT_SECRET": "\n"}
        found = problems(
            {**GIVEN, **wrong, "SHOPLYTICS_OIDC_OTHER_CLIENT_ID": "id", "SHOPLYTICS_OIDC_X_KEY": "y"}
        )
        assert sorted(problem.partition(":")[0] for problem in found) == [
            "SHOPLYTICS_OIDC_GOOGLE_CLIENT_SECRET",
            "SHOPLYTICS_OIDC_GOOGLE_ISSUER",
            "SHOPLYTICS_OIDC_OTHER_CLIENT_SECRET",
            "SHOPLYTICS_OIDC_OTHER_ISSUER",
            "SHOPLYTICS_OIDC_X_KEY",
        ]
