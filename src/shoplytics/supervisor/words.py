"""What `up` prints once the API answers."""

from shoplytics.settings import Settings


def addresses(settings: Settings) -> str:
    url = settings.public_url
    kept = settings.mail_url is None and settings.mailer == "smtp"
    mails = f"  mailbox        {url}/console/mailbox" if kept else f"  mails          by {settings.mailer}"
    return "\n".join(
        (
            "",
            "Shoplytics is ready; Ctrl-C stops it.",
            f"  API            {url}/api/v1",
            f"  documentation  {url}/docs",
            f"  console        {url}/console",
            mails,
            f"  health         {url}/health/ready",
            f"  data           {settings.home}",
            "",
        )
    )
