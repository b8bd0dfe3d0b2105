"""Identity in PostgreSQL: accounts in the unit of work, sign-in and sessions beside it."""

from shoplytics.adapters.postgres.identity.accounts import PgCleaner, PgOneTimeTokens, PgOwnSessions, PgUsers
from shoplytics.adapters.postgres.identity.doors import PgAccounts, PgGuesses, PgKnownNetworks
from shoplytics.adapters.postgres.identity.sessions import PgLiveSessions, PgNewSessions

__all__ = [
    "PgAccounts",
    "PgCleaner",
    "PgGuesses",
    "PgKnownNetworks",
    "PgLiveSessions",
    "PgNewSessions",
    "PgOneTimeTokens",
    "PgOwnSessions",
    "PgUsers",
]
