"""What a password must be: long enough and not the obvious (NIST SP 800-63B); no rules about kinds of characters."""

from domain.kernel.errors import Invalid

SHORTEST, LONGEST = 10, 128
FEWEST_DIFFERENT = 5
#: A name as short as this is part of words that have nothing to do with it.
SHORT_NAME = 3
_OBVIOUS = frozenset({"password", "passwort", "qwertyuiop", "1234567890", "caretrail", "iloveyou", "letmein"})


class WeakPassword(Invalid):
    """Too easily guessed."""

    code = "weak-password"


def check_password(password: str, email: str) -> None:
    """Raise WeakPassword for what is guessed first; the message never repeats it."""
    plain = password.casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(f"A password has {SHORTEST} to {LONGEST} characters.", least=SHORTEST, most=LONGEST)
    if len(set(plain)) < FEWEST_DIFFERENT:
        raise WeakPassword("A password has more than a few different characters.")
    name = email.partition("@")[0]
    if (len(name) > SHORT_NAME and name in plain) or not {plain, plain.strip("0123456789!.?")}.isdisjoint(_OBVIOUS):
        raise WeakPassword("This password is among the first to be guessed.")
