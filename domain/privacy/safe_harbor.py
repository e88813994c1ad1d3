"""What may be said of a person in facts nobody can trace back to them: the Safe Harbor rules, 45 CFR 164.514(b)(2).

Ages from 90 on are one, dates are years, an area is three digits of a ZIP code, and a count below eleven is not told.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

OLDEST, BAND = 90, 10
FEWEST = 11
#: Areas of three digits with 20,000 people or fewer, by the 2000 census: the list in "Guidance Regarding Methods for
#: De-identification of Protected Health Information", HHS Office for Civil Rights. A newer census changes it.
SMALL_AREAS = frozenset(
    [
        *("036", "059", "063", "102", "203", "556", "692", "790", "821"),
        *("823", "830", "831", "878", "879", "884", "890", "893"),
    ]
)
NO_AREA = "000"
COUNTRIES = frozenset(["US", "USA"])
SEXES = frozenset(["male", "female", "other"])


class Traits(NamedTuple):
    """What is told of a person: age in bands of ten years, sex, area. None: not known, or not told."""

    age_from: int | None = None
    sex: str | None = None
    zip3: str | None = None


class Known(NamedTuple):
    """What the facts need to know of a person, before a year makes an age of it."""

    birth_year: int | None = None
    sex: str | None = None
    zip3: str | None = None

    def in_year(self, year: int) -> Traits:
        """Return what is told of the person in a fact of that year."""
        return Traits(age_band(self.birth_year, year), self.sex, self.zip3)


NOBODY = Known()


class Cell(NamedTuple):
    """Facts alike: what they are (``about``), of whom they are, how many, of how many people."""

    about: tuple[object, ...]
    traits: Traits
    facts: int
    people: int


#: What is left out, step by step, of cells with too few people.
COARSER: Sequence[Callable[[Traits], Traits]] = (
    lambda traits: traits._replace(zip3=None),
    lambda traits: Traits(None, traits.sex),
    lambda traits: Traits(),
)


def age_band(birth_year: int | None, year: int) -> int | None:
    """Return the first year of life of the band; 90 for all who turned 90 in that year or before."""
    if birth_year is None or birth_year > year:
        return None
    age = min(year - birth_year, OLDEST)
    return age - age % BAND


def area(country: str | None, postal_code: str | None) -> str | None:
    """Return the first three digits of a ZIP code of the United States, "000" for a small area; else None."""
    digits = (postal_code or "").strip()[:5]
    known = len(digits) == 5 and digits.isascii() and digits.isdigit()
    if not known or (country or "").strip().upper() not in COUNTRIES:
        return None
    return NO_AREA if digits[:3] in SMALL_AREAS else digits[:3]


def year_of(birth_date: str | None) -> int | None:
    """Return the year of a FHIR date."""
    year = (birth_date or "")[:4]
    return int(year) if len(year) == 4 and year.isascii() and year.isdigit() and int(year) > 0 else None


def told(cells: Mapping[tuple[tuple[object, ...], Traits], tuple[int, int]]) -> list[Cell]:
    """Return the cells that may be told. ``cells``: (about, traits) to (facts, people); a person is in one per about.

    Cells with too few people are told together, as what they have in common; what is still too few is not told. Nobody
    is told of twice, so that nothing can be had by subtracting.
    """
    done: list[Cell] = []
    left = dict(cells)
    for coarser in (None, *COARSER):
        merged: defaultdict[tuple[tuple[object, ...], Traits], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for (about, traits), (facts, people) in left.items():
            key = (about, traits if coarser is None else coarser(traits))
            merged[key] = (merged[key][0] + facts, merged[key][1] + people)
        done += (Cell(*key, *figures) for key, figures in merged.items() if figures[1] >= FEWEST)
        left = {key: figures for key, figures in merged.items() if figures[1] < FEWEST}
    return sorted(_together(done), key=repr)


def _together(cells: Iterable[Cell]) -> Iterable[Cell]:
    """Cells that came to read alike at different steps are one."""
    merged: dict[tuple[tuple[object, ...], Traits], Cell] = {}
    for cell in cells:
        key = (cell.about, cell.traits)
        before = merged.get(key)
        merged[key] = cell if before is None else Cell(*key, before.facts + cell.facts, before.people + cell.people)
    return merged.values()
