"""The error catalogue is a promise: codes and statuses stay, messages help a person, and none repeats what was sent."""

import pytest

from api.errors import STATUS
from scripts.generate.errors import refusals, said
from scripts.generate.promises import promised

#: Kept by hand: what fills the gaps of messages. Figures, times, names of kinds, states and fields; nobody's data.
GAPS = {
    *("', '.join(allowed)", "', '.join(names) or 'nothing'"),
    *(
        "LONGEST",
        "LONGEST_NAME",
        "SHORTEST",
        "MAX_MINUTES",
        "MIN_MINUTES",
        "MAX_PERIOD.days",
        "MAX_WINDOWS",
        "MOST_DUE_DAYS",
    ),
    *("MOST", "MOST_LINES", "MOST_YEARS", "len(rows)", "first", "digits", "high", "low", "least", "most"),
    *("aggregate.NAME", "record_type.replace('_', ' ')", "role", "thing", "what", "done", "field", "name"),
    *("before.status", "self.status", "currency", "naive", "zone_name", "why"),
}


class TestCatalogue:
    @pytest.mark.requirement("R517", "R518", "R519", "R520", "R521", "R522", "R523")
    def test_has_every_code_that_was_ever_promised_with_its_status(self) -> None:
        now = {code: STATUS[kinds[0].kind] for code, kinds in refusals().items()}
        assert {code: now.get(code) for code in promised()} == promised()

    def test_promises_every_code_there_is(self) -> None:
        """``python -m scripts.generate`` adds what is new; taking one away is nobody's to do."""
        assert refusals().keys() - promised().keys() == set()

    def test_gives_one_code_one_status(self) -> None:
        assert [code for code, kinds in refusals().items() if len({kind.kind for kind in kinds}) > 1] == []

    def test_names_every_refusal_itself(self) -> None:
        every = [kind for kinds in refusals().values() for kind in kinds]
        assert [kind.__name__ for kind in every if "code" not in vars(kind)] == []
        assert [kind.__name__ for kind in every if not kind.__doc__] == []


class TestMessages:
    @pytest.mark.requirement("R345")
    def test_are_sentences_a_person_can_act_on(self) -> None:
        found = said()
        assert len(found) > 200
        wrong = [
            f"{each.place}: {each.text}"
            for each in found
            if not (each.text[0].isupper() or each.text[0] == "…")
            or each.text[-1] not in ".…"
            or len(each.text.split()) < 3
        ]
        assert wrong == []

    def test_are_filled_with_nothing_that_was_sent(self) -> None:
        unknown = {gap for each in said() for gap in each.values} - GAPS
        assert unknown == set(), "look at what these hold; if it is nobody's data, add them to GAPS"
