"""Chapter: afterwards nothing is left over: no event missed, no stream parked, no effect failed, no error logged."""

from scripts.demonstration.cast import Cast
from scripts.demonstration.house import House, consumers
from scripts.demonstration.people import eventually
from scripts.demonstration.story import Step

PREFIX = "caretrail_"


def tell(step: Step, house: House, cast: Cast) -> dict[str, int]:
    """Look at the metrics and the logs; return the clinic's figures."""
    eventually(lambda: consumers(house), lambda found: bool(found) and not any(c["lag"] for c in found.values()),
               "the read models at the end of the feed")  # fmt: skip
    lines = eventually(lambda: cast.admin.get("/metrics").content.decode().splitlines(), _seen, "a look at every rule")
    figures = house.figures()
    step.say(f"{figures['events']} events in {figures['streams']} streams; {figures['effects']} effects performed.")
    step.look("lag, parked streams, effects, and rules that must hold", "GET /metrics")
    for name, says in (
        ("rule_broken", "every rule that is watched holds: nothing missed, no seat held twice, money adds up"),
        ("parked_streams", "no stream was set aside"),
        ("consumer_lag_events", "every read model is at the end of the feed"),
    ):
        step.check(says, _not_zero(lines, name), [])
    failed = f'{PREFIX}effects{{state="failed"}} '
    step.check("no effect failed", [line for line in lines if line.startswith(failed)], [f"{failed}0.0"])
    step.check("all four processes have lived through it", house.run.family.dead(), [])
    step.check("none of them logged an error", house.errors_logged(), [])
    return figures


def _seen(lines: list[str]) -> bool:
    """Whether the clock has looked at every rule."""
    return any(line.startswith(f"{PREFIX}rule_broken{{") for line in lines) and not _not_zero(lines, "rule_unseen")


def _not_zero(lines: list[str], name: str) -> list[str]:
    """Return the consumers whose figure is not zero; the name itself when nothing reports it."""
    found = [line for line in lines if line.startswith(f"{PREFIX}{name}{{")]
    return [line for line in found if not line.endswith(" 0.0")] if found else [name]
