"""Chapter: the house is open: what runs where."""

from scripts.demonstration.house import House, consumers
from scripts.demonstration.story import Step


def tell(step: Step, house: House) -> None:
    """Name what was started, and see that it is ready; the step took as long as that."""
    step.seconds = house.took
    for name in house.run.started:
        step.say(f"{name}: embedded, from a wheel, in {house.settings.state / name}")
    pids = ", ".join(f"{name} (pid {child.pid})" for name, child in house.run.family.children.items())
    step.say(f"Processes: {pids}.")
    step.look("the API's pages, and what the processes say", f"{house.url}/docs", f"{house.settings.state / 'logs'}")
    found = consumers(house)
    step.check("every consumer of the feed is there and up to date", [n for n, c in found.items() if c["lag"]], [])
