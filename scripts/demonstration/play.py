"""The whole demonstration: the chapters in order, each given what those before it have left."""

from contextlib import suppress

import psycopg
from rich.console import Console

from scripts.demonstration import afterwards, cast, day, history, invoice, opening, patients, rebuild, records
from scripts.demonstration import subscription as subscribing
from scripts.demonstration.house import House
from scripts.demonstration.story import BrokenOff, Story


def play(house: House, console: Console) -> tuple[Story, dict[str, int]]:
    """Tell every step; return the story and the clinic's figures at its end ({} when the database is gone)."""
    story = Story(console)
    with suppress(BrokenOff):
        _tell(story, house)
    with suppress(psycopg.Error):
        return story, house.figures()
    return story, {}


def _tell(story: Story, house: House) -> None:
    with story.step("The house is open") as step:
        opening.tell(step, house)
    with story.step("People sign up and sign in") as step:
        people = cast.tell(step, house)
    with story.step("Patients come from another system") as step:
        patients.tell(step, house, people)
    with story.step("A clinic's day is booked") as step:
        day.tell(step, people)
    with story.step("A subscription is used, and gets its appointment back") as step:
        subscribed = subscribing.tell(step, people)
    with story.step("An invoice follows by itself, and explains itself") as step:
        invoice.tell(step, house, people, subscribed)
    with story.step("A record is amended and another retracted") as step:
        allergy = records.tell(step, house, people)
    with story.step("One patient's whole history is replayed") as step:
        history.tell(step, house, people, allergy)
    with story.step("A read model is rebuilt beside the live one") as step:
        rebuild.tell(step, house, people)
    with story.step("Nothing is left over") as step:
        afterwards.tell(step, house, people)
