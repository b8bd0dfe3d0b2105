"""The environment of the children: ours, with what `up` decided written out."""

import os

from shoplytics.settings import SECRET_KEY_FILE, Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """A key that we made stays a file: others on this machine may be able to read an environment.

    Where Python shall leave no bytecode beside the sources it goes into the home: to compile them all again
    would double the time of every start.
    """
    decided = {
        "HOST": settings.host,
        "PORT": str(settings.port),
        "SHOPLYTICS_HOME": str(settings.home),
        "SHOPLYTICS_DATABASE_URL": settings.database_url,
        "SHOPLYTICS_REDIS_URL": settings.redis_url,
        "SHOPLYTICS_PUBLIC_URL": settings.public_url,
        "SHOPLYTICS_DEMO": "1" if settings.demo else "0",
        "SHOPLYTICS_RATE_LIMITS": "on" if settings.rate_limits else "off",
    }
    if settings.owner_database_url is not None:
        decided["SHOPLYTICS_OWNER_DATABASE_URL"] = settings.owner_database_url
    replaced = {name + "_FILE" for name in decided}
    kept = {name: value for name, value in os.environ.items() if name not in replaced}
    if not (kept.get("SHOPLYTICS_SECRET_KEY") or kept.get("SHOPLYTICS_SECRET_KEY_FILE")):
        decided["SHOPLYTICS_SECRET_KEY_FILE"] = str(settings.home / SECRET_KEY_FILE)
    if kept.pop("PYTHONDONTWRITEBYTECODE", None):
        decided["PYTHONPYCACHEPREFIX"] = str(settings.home / "pycache")
    return kept | decided | {"PYTHONUNBUFFERED": "1"}
