"""Identity in PostgreSQL: accounts in the unit of work, sign-in and sessions beside it."""

from shoplytics.adapters.postgres.identity.accounts import (
    PgCleaner,
    PgCodes,
    PgNetworks,
    PgOneTimeTokens,
    PgOwnSessions,
    PgUsers,
)
from shoplytics.adapters.postgres.identity.cookies import PgCookies
from shoplytics.adapters.postgres.identity.doors import (
    PgAccounts,
    PgCodeTries,
    PgGuesses,
    PgKnownNetworks,
)
from shoplytics.adapters.postgres.identity.readers import PgReaders
from shoplytics.adapters.postgres.identity.sessions import PgLiveSessions, PgLiveUsers, PgNewSessions

__all__ = [
    "PgAccounts",
    "PgCleaner",
    "PgCodeTries",
    "PgCodes",
    "PgCookies",
    "PgGuesses",
    "PgKnownNetworks",
    "PgLiveSessions",
    "PgLiveUsers",
    "PgNetworks",
    "PgNewSessions",
    "PgOneTimeTokens",
    "PgOwnSessions",
    "PgReaders",
    "PgUsers",
]
