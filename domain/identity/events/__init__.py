"""Everything that can happen to accounts, sessions, organisations and who belongs to them. Secrets never stand here;
names and addresses of people are sealed."""

from domain.identity.events.api_key import ApiKeyCreated, ApiKeyReminded, ApiKeyRevoked, ApiKeyRotated
from domain.identity.events.challenge import ChallengeMet, ChallengeRequested
from domain.identity.events.delegation import DelegationEnded, DelegationGranted
from domain.identity.events.invitation import InvitationEnded, InvitationMade
from domain.identity.events.link import UserLinked, UserUnlinked
from domain.identity.events.membership import MemberJoined, MembershipEnded, RoleAssigned, RoleExpired, RoleRevoked
from domain.identity.events.organization import (
    AdministratorNamed,
    AdministratorReleased,
    OrganizationChanged,
    OrganizationClosed,
    OrganizationCreated,
)
from domain.identity.events.session import SessionEnded, SessionMoved, SessionOpened, SessionSteppedUp
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
    "AdministratorNamed",
    "AdministratorReleased",
    "ApiKeyCreated",
    "ApiKeyReminded",
    "ApiKeyRevoked",
    "ApiKeyRotated",
    "ChallengeMet",
    "ChallengeRequested",
    "DelegationEnded",
    "DelegationGranted",
    "InvitationEnded",
    "InvitationMade",
    "MemberJoined",
    "MembershipEnded",
    "OrganizationChanged",
    "OrganizationClosed",
    "OrganizationCreated",
    "PasswordChanged",
    "ProfileChanged",
    "RecoveryCodeUsed",
    "RoleAssigned",
    "RoleExpired",
    "RoleRevoked",
    "SecondFactorEnrolled",
    "SessionEnded",
    "SessionMoved",
    "SessionOpened",
    "SessionSteppedUp",
    "SignedOutEverywhere",
    "UserLinked",
    "UserRegistered",
    "UserUnlinked",
    "Withdrawal",
]
