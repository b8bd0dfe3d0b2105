"""What `up` prints once the API answers."""

from shoplytics.settings import Settings


def addresses(settings: Settings) -> str:
    url = settings.public_url
    return "\n".join(
        (
            "",
            "Shoplytics is ready; Ctrl-C stops it.",
            f"  API            {url}/api/v1",
            f"  documentation  {url}/docs",
            f"  health         {url}/health/ready",
            f"  data           {settings.home}",
            "",
        )
    )
