"""Chapter: a read model is built again beside the live one, compared, swapped in and rolled back, under its readers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from scripts.demonstration.cast import Cast
from scripts.demonstration.house import House
from scripts.demonstration.story import Step

MODEL = "patient_timeline"


def tell(step: Step, house: House, cast: Cast) -> None:
    """Rebuild while somebody reads, then roll back."""
    doctor = cast.doctor
    path = f"/api/ehr/patients/{cast.ada.id}/chart"

    def chart() -> Any:
        return doctor.get(path, {"limit": 1000}).data

    before = chart()
    step.say(f"{MODEL} is filled anew from the whole feed, while a doctor goes on reading a chart from it.")
    step.command("rebuild", MODEL)
    with _reading(chart) as answers:
        facts = house.facts_of("rebuild", MODEL)
    rows = [(table["table"], table["live_rows"], table["new_rows"]) for table in facts["tables"]]
    step.table(("table", "rows live", "rows rebuilt"), rows)
    step.check(
        "every row of the rebuilt tables is the same", [t["table"] for t in facts["tables"] if not t["same"]], []
    )
    step.check("there were rows to compare", sum(live for _, live, _ in rows) > 0)
    step.say(f"The doctor's chart was read {len(answers)} times meanwhile.")
    step.check("it never read otherwise", [answer for answer in answers if answer != before], [])
    step.check("nor does it now that the new one is live", chart(), before)
    step.command("rebuild", MODEL, "--roll-back")
    back = house.facts_of("rebuild", MODEL, "--roll-back")
    step.check("the earlier generation was kept and is live again", back["generation"], 1)
    step.check("and reads the same", chart(), before)
    step.look(f"the schemas {MODEL}_1 and {MODEL}_2 in the database, and the view read.{MODEL} over the live one")


@contextmanager
def _reading(read: Callable[[], Any]) -> Iterator[list[Any]]:
    """Read again and again in a thread of its own; an answer that cannot be had is kept as its error."""
    answers: list[Any] = []
    over = threading.Event()

    def run() -> None:
        while not over.is_set():
            try:
                answers.append(read())
            except Exception as error:  # whatever a reader meets counts against the swap
                answers.append(error)
            over.wait(0.02)

    reader = threading.Thread(target=run)
    reader.start()
    try:
        yield answers
    finally:
        over.set()
        reader.join()
