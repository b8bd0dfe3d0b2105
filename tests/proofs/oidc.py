"""Sign-in through a provider is proved by its journeys; these are the mistakes that they must notice."""

from tests.proofs.proof import Mutant

JOURNEY = "tests/journeys/sign_in_with_a_provider"
TOKENS = "src/shoplytics/adapters/oidc/tokens.py"
SERVICE = "src/shoplytics/modules/identity/service/oidc.py"
CLAIMED = f"{JOURNEY}/test_accounts.py::TestAnUnverifiedAddress"

MUTANTS = [
    Mutant(
        promise="OIDC",
        says="an answer is good in any browser",
        file="src/shoplytics/adapters/postgres/identity/oidc.py",
        old="browser_hash = $3 and used_at is null and expires_at > $4\n    returning secrets",
        new="$3::bytea is not null and used_at is null and expires_at > $4\n    returning secrets",
        test=f"{JOURNEY}/test_answers.py::TestAnAnswer::test_is_good_in_its_own_browser_only",
    ),
    Mutant(
        promise="OIDC",
        says="the nonce is not looked at",
        file=TOKENS,
        old='        raise TokenRefused("nonce")\n',
        new="        return\n",
        test=f"{JOURNEY}/test_answers.py::TestAForgedToken::test_opens_nothing_and_uses_its_state_up",
    ),
    Mutant(
        promise="OIDC",
        says="a token for somebody else is taken",
        file=TOKENS,
        old="audience=client_id, issuer=issuer, options=OPTIONS",
        new='issuer=issuer, options={**OPTIONS, "verify_aud": False}',
        test="tests/adapters/oidc/test_id_token.py::TestAnIdToken::test_is_refused_for_what_it_says",
    ),
    Mutant(
        promise="OIDC",
        says="an address that the provider does not vouch for leads in",
        file=SERVICE,
        old="    if identity.email is None or not identity.email_verified:\n",
        new="    if identity.email is None:\n",
        test=f"{CLAIMED}::test_of_the_provider_never_signs_in",
    ),
    Mutant(
        promise="OIDC",
        says="an address that the account never proved leads in",
        file=SERVICE,
        old="        if not known.verified:\n            raise AccountEmailUnverified\n",
        new="",
        test=f"{CLAIMED}::test_of_the_account_never_signs_in",
    ),
]
