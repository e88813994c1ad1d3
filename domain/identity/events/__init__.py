"""Everything that can happen to accounts and sessions. Secrets never stand here; names and addresses are sealed."""

from domain.identity.events.challenge import ChallengeMet, ChallengeRequested
from domain.identity.events.link import UserLinked, UserUnlinked
from domain.identity.events.session import SessionEnded, SessionOpened, SessionSteppedUp
from domain.identity.events.user import (
    PasswordChanged,
    ProfileChanged,
    RecoveryCodeUsed,
    SecondFactorEnrolled,
    SignedOutEverywhere,
    UserRegistered,
)
from domain.identity.events.withdrawal import Withdrawal

__all__ = [
    "ChallengeMet",
    "ChallengeRequested",
    "PasswordChanged",
    "ProfileChanged",
    "RecoveryCodeUsed",
    "SecondFactorEnrolled",
    "SessionEnded",
    "SessionOpened",
    "SessionSteppedUp",
    "SignedOutEverywhere",
    "UserLinked",
    "UserRegistered",
    "UserUnlinked",
    "Withdrawal",
]
