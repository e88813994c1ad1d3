"""What may be told of people: rules with the numbers of the law, and counts that give nobody away."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.privacy.safe_harbor import FEWEST, SMALL_AREAS, Known, Traits, age_band, area, told, year_of


class TestAge:
    def test_above_89_is_one_and_below_is_told_in_tens(self) -> None:
        assert [age_band(1936, year) for year in (1936, 1945, 1946, 2025, 2026, 2040, 2060)] == [
            0,
            0,
            10,
            80,
            90,
            90,
            90,
        ]

    def test_that_is_not_known_or_cannot_be_is_not_told(self) -> None:
        assert age_band(None, 2026) is None
        assert age_band(2027, 2026) is None


class TestArea:
    @pytest.mark.parametrize(
        ("country", "code", "told_as"),
        [
            ("US", "10013", "100"), ("usa", "10013-1234", "100"), ("US", "03601", "000"), ("US", "89301", "000"),
            ("US", "1001", None), ("US", "x0013", None), ("US", "", None), ("PT", "10013", None), (None, "10013", None),
            ("US", None, None), ("US", "٣٦٠١٢", None),
        ],
    )  # fmt: skip
    def test_is_three_digits_of_a_zip_code_where_many_live(
        self, country: str | None, code: str | None, told_as: str | None
    ) -> None:
        assert area(country, code) == told_as

    def test_is_none_of_the_seventeen_small_ones(self) -> None:
        assert len(SMALL_AREAS) == 17
        assert {area("US", f"{small}01") for small in SMALL_AREAS} == {"000"}


class TestDate:
    def test_is_a_year(self) -> None:
        assert [year_of(text) for text in ("1980-02-29", "1980-02", "1980", "", None, "198", "x980")] == [
            *[1980] * 3, *[None] * 4,
        ]  # fmt: skip


class TestCounts:
    def test_below_eleven_people_are_told_only_as_what_more_have_in_common(self) -> None:
        at = ("x",)
        cells: dict[tuple[tuple[object, ...], Traits], tuple[int, int]] = {
            (at, Traits(40, "female", "100")): (30, 12),
            (at, Traits(40, "female", "941")): (7, 7),
            (at, Traits(40, "female", "606")): (5, 5),
            (at, Traits(50, "female", "100")): (4, 4),
            (at, Traits(60, "male", "100")): (9, 9),
        }
        assert [(c.traits, c.facts, c.people) for c in told(cells)] == [
            (Traits(40, "female", "100"), 30, 12),
            (Traits(40, "female", None), 12, 12),
            (Traits(), 13, 13),
        ]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["a", "b"]), st.integers(1920, 2020), st.sampled_from(["male", "female", None]),
                st.sampled_from(["100", "000", None]), st.integers(1, 4),
            ),
            max_size=120,
        )
    )  # fmt: skip
    def test_never_tell_of_fewer_or_of_anyone_twice_or_more_than_is_true(
        self, people: list[tuple[str, int, str | None, str | None, int]]
    ) -> None:
        cells: Counter[tuple[tuple[object, ...], Traits]] = Counter()
        facts: Counter[tuple[tuple[object, ...], Traits]] = Counter()
        for about, born, sex, zip3, many in people:
            key = ((about,), Known(born, sex, zip3).in_year(2026))
            cells[key] += 1
            facts[key] += many
        found = told({key: (facts[key], cells[key]) for key in cells})
        assert all(cell.people >= FEWEST for cell in found)
        assert len({(cell.about, cell.traits) for cell in found}) == len(found)
        for about in ("a", "b"):
            mine = [person for person in people if person[0] == about]
            assert sum(cell.people for cell in found if cell.about == (about,)) <= len(mine)
            untold = len(mine) - sum(cell.people for cell in found if cell.about == (about,))
            assert untold < FEWEST, "whoever is left could have been told of together"
        for cell in found:
            like = [k for k in cells if k[0] == cell.about and _covers(cell.traits, k[1])]
            assert cell.people <= sum(cells[key] for key in like)
            assert cell.facts <= sum(facts[key] for key in like)


def _covers(told_of: Traits, real: Traits) -> bool:
    return all(mine in (None, theirs) for mine, theirs in zip(told_of, real, strict=True))
