"""Shows the catalogue of events."""

from typing import TYPE_CHECKING, Annotated

import typer

from scripts.terminal import OK, UNUSABLE, AsJson, commands, fail, manual, out, report

if TYPE_CHECKING:
    from domain.kernel.event import DomainEvent

app = commands()


@app.command(
    epilog=manual(
        "caretrail events",
        "caretrail events scheduling. --json",
        exits={OK: "shown", UNUSABLE: "no event begins so"},
    )
)
def events(
    prefix: Annotated[str, typer.Argument(help="Only topics that begin with this.")] = "",
    as_json: AsJson = False,
) -> None:
    """List everything that can happen: topic, version, class, whom it is about, and which fields are sealed."""
    from rich.table import Table

    from adapters.codec.codec import sealed_fields
    from domain.catalogue import EVENTS

    chosen = [event for topic, event in EVENTS.items() if topic.startswith(prefix)]
    if not chosen:
        raise fail(f"No event's topic begins with {prefix!r}.", UNUSABLE)
    if as_json:
        report([facts(event, sealed_fields(event)) for event in chosen], as_json=True)
        return
    table = Table("topic", "version", "event", "about", "sealed")
    for event in chosen:
        sealed = ", ".join(sealed_fields(event)) or "–"
        table.add_row(event.TOPIC, str(event.VERSION), event.__name__, event.SUBJECT or "–", sealed)
    out.print(table)


def facts(event: "type[DomainEvent]", sealed: tuple[str, ...]) -> dict[str, object]:
    """Return what is to be known of an event class."""
    return {
        "topic": event.TOPIC,
        "version": event.VERSION,
        "event": event.__name__,
        "subject": event.SUBJECT,
        "retention": event.RETENTION.value,
        "clear": [name for name in event.__struct_fields__ if name not in sealed],
        "sealed": list(sealed),
    }
