"""How often who may ask: numbers of requests and the seconds they are for."""

HOUR = 3600
ANONYMOUS = 100
SIGNED_IN = 1_000
ADMIN = 5_000
API_KEY = 60_000
# Counted by address and apart from everything else, for routes with budget=... and those that sign people in.
BUDGETS: dict[str, tuple[int, int]] = {
    "auth": (60, HOUR),
    "track": (1_200, 60),
    "webhooks": (6_000, 60),
    "operations": (600, 60),
    "docs": (600, 60),
    "media": (6_000, 60),
}
