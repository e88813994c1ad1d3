"""What a person can be looked for by, spelt one way going in and coming out. Nothing clinical is among it."""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from domain.directory.content import Person
from projections.kernel.keyed import Term, Terms

PATIENT, PRACTITIONER = "patient", "practitioner"
PREFIX_LETTERS, DATE_LETTERS = 3, len("YYYY-MM-DD")
NAME, NAME_PREFIX, EMAIL, PHONE, RECORD_NUMBER, BIRTH_DATE = (
    "name", "name-prefix", "email", "phone", "record-number", "birth-date",
)  # fmt: skip


class Wanted(NamedTuple):
    """What somebody looks for: all of ``exact``, and a word of the name that begins with each of ``beginnings``."""

    exact: frozenset[Term]
    beginnings: tuple[str, ...] = ()

    @property
    def terms(self) -> list[Term]:
        """The terms whose tokens a person's row must have to be looked at."""
        return sorted({*self.exact, *(Term(NAME_PREFIX, word[:PREFIX_LETTERS]) for word in self.beginnings)})

    def found_in(self, person: Person) -> bool:
        """Whether it is this person: tokens are short, and say only who may be."""
        there = frozenset(terms_of(person))
        words = [term.value for term in there if term.field == NAME]
        return self.exact <= there and all(any(w.startswith(b) for w in words) for b in self.beginnings)


class Clues(NamedTuple):
    """What is known of whom somebody looks for, as it was typed. Words of the name are taken for beginnings of words;
    as whole ones with ``whole_words``, or of fewer than three letters."""

    name: str | None = None
    whole_words: bool = False
    email: str | None = None
    phone: str | None = None
    record_number: str | None = None
    birth_date: date | None = None

    def wanted(self) -> Wanted:
        """Return it in the spelling of the terms."""
        named = words(self.name or "")
        beginnings = tuple(w for w in named if len(w) >= PREFIX_LETTERS and not self.whole_words)
        exact = {Term(NAME, word) for word in named if word not in beginnings}
        if self.email:
            exact.add(email(self.email))
        if self.phone:
            exact.add(phone(self.phone))
        if self.record_number:
            exact.add(record_number(self.record_number))
        if self.birth_date:
            exact.add(Term(BIRTH_DATE, self.birth_date.isoformat()))
        return Wanted(frozenset(exact), beginnings)


def terms_of(person: Person) -> Terms:
    """Return all that a person can be looked for by."""
    found: set[Term] = set()
    for name in person.names:
        for word in words(" ".join([name.text, *name.given, name.family or ""])):
            found.add(Term(NAME, word))
            if len(word) >= PREFIX_LETTERS:
                found.add(Term(NAME_PREFIX, word[:PREFIX_LETTERS]))
    for contact in person.contacts:
        if contact.system == EMAIL:
            found.add(email(contact.value))
        elif contact.system in {PHONE, "sms"}:
            found.add(phone(contact.value))
    found |= {record_number(identifier.value) for identifier in person.identifiers}
    if person.birth_date and len(person.birth_date) == DATE_LETTERS:
        found.add(Term(BIRTH_DATE, person.birth_date))
    return Terms(sorted(term for term in found if term.value))


def words(text: str) -> list[str]:
    """Return the words of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))


def email(value: str) -> Term:
    """Return the term of an e-mail address."""
    return Term(EMAIL, unicodedata.normalize("NFKC", value).strip().casefold())


def phone(value: str) -> Term:
    """Return the term of a telephone number: its digits, without what stands for an international call."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", value) if c.isdecimal())
    return Term(PHONE, digits.removeprefix("00"))


def record_number(value: str) -> Term:
    """Return the term of a number someone gave the person: letters and digits."""
    return Term(RECORD_NUMBER, "".join(words(value)))
