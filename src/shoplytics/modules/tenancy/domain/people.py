"""Who works in a store: nobody gives more than they have, and a store is never without an owner."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.errors import Conflict, Forbidden, NotFound, RateLimited
from shoplytics.kernel.ids import new_id

STRENGTH = {role: len(StoreRole) - place for place, role in enumerate(StoreRole)}
INVITATION_LIFE = timedelta(days=7)
BETWEEN_LETTERS = timedelta(minutes=1)
INVITATIONS_A_DAY = 50


class LastOwner(Conflict):
    code = "last_owner"
    message = "A store needs an owner: make somebody else one first."


class AccountClosed(Conflict):
    code = "account_closed"
    message = "This person's account is closed, so they cannot own the store."


class AboveOwnRole(Forbidden):
    code = "above_own_role"
    message = "Nobody gives a role above their own."


class NotYours(Forbidden):
    code = "above_own_role"
    message = "This member's role is above yours."


class AlreadyMember(Conflict):
    code = "already_member"
    message = "This person works in the store already."


class EmailUnverified(Forbidden):
    code = "email_unverified"
    message = (
        "Verify your own e-mail address before you invite others; POST /auth/email/resend mails the link."
    )


class InvitationUnknown(NotFound):
    code = "invitation_unknown"
    message = (
        "There is no open invitation of this token to a verified address of yours. Sign in with the address"
        " that was invited, verify it, or ask for a new invitation."
    )


class SentLately(RateLimited):
    code = "sent_lately"
    message = "This invitation was mailed less than a minute ago."


class TooManyInvitations(RateLimited):
    code = "too_many_invitations"
    message = "The store has made as many invitations as it may in a day."


def may_grant(own: StoreRole, role: StoreRole) -> None:
    """Raises AboveOwnRole."""
    if STRENGTH[role] > STRENGTH[own]:
        raise AboveOwnRole


def may_touch(own: StoreRole, member: StoreRole) -> None:
    """Change or remove somebody of role `member`. Raises NotYours."""
    if STRENGTH[member] > STRENGTH[own]:
        raise NotYours


def above(role: StoreRole) -> list[StoreRole]:
    """The roles that one of `role` cannot give."""
    return [other for other in StoreRole if STRENGTH[other] > STRENGTH[role]]


@dataclass(kw_only=True, eq=False)
class Invitation:
    """To one address, for one role. The link's token is made by whoever mails it."""

    store_id: UUID
    email: str
    role: StoreRole
    store_name: str
    invited_by: UUID
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    id: UUID = field(default_factory=new_id)

    def send_again(self, now: datetime) -> None:
        """Good for another week from now. Raises SentLately."""
        if now < self.sent_at + BETWEEN_LETTERS:
            wait = self.sent_at + BETWEEN_LETTERS - now
            raise SentLately(retry_after=int(wait.total_seconds()) + 1)
        self.sent_at, self.expires_at = now, now + INVITATION_LIFE
