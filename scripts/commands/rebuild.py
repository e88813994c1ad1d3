"""Rebuilds a read model beside the live one and swaps it in."""

from typing import Annotated, Any

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, fail, manual, report

app = commands()


@app.command(
    epilog=manual(
        "caretrail rebuild daily_schedule",
        "caretrail rebuild daily_schedule --accept-differences",
        "caretrail rebuild daily_schedule --roll-back",
        exits={
            OK: "swapped",
            FAILED: "the rebuilt rows differ, or cannot be made, or nothing to roll back to",
            UNUSABLE: "unknown name",
        },
    )
)
def rebuild(
    read_model: Annotated[str, typer.Argument(help="Name of the read model (its folder in projections/).")],
    accept_differences: Annotated[bool, typer.Option(help="Swap although rows differ: the projector changed.")] = False,
    roll_back: Annotated[bool, typer.Option("--roll-back", help="Swap the earlier generation in again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fill a new generation from the whole feed, compare it with the live one, and swap it in atomically.

    Queries go on meanwhile. The earlier generation is kept until the next rebuild.
    """
    from adapters.rebuilding import rebuild_read_model, roll_back_read_model
    from adapters.settings import settings
    from projections.catalogue import READ_MODELS
    from projections.kernel.generations import Differs, NothingKept
    from projections.kernel.poison import Poisoned
    from scripts.progress import counting

    if read_model not in READ_MODELS:
        raise fail(f"No such read model: {read_model}. There are: {', '.join(READ_MODELS)}.", UNUSABLE)
    try:
        if roll_back:
            generation = roll_back_read_model(settings(), read_model)
            report({"read_model": read_model, "generation": generation}, as_json=as_json,
                   text=f"{read_model}: generation {generation} is live again")  # fmt: skip
            return
        with counting(f"rebuilding {read_model}") as progress:
            tables = rebuild_read_model(settings(), read_model, accept_differences, progress)
    except Differs as differs:
        raise fail(f"Not swapped, the rows differ: {differs}. Look first; --accept-differences swaps.") from None
    except Poisoned as poisoned:
        raise fail(f"Not swapped, {read_model} cannot digest everything: {poisoned}.") from None
    except NothingKept as nothing:
        raise fail(str(nothing)) from None
    facts: dict[str, Any] = {"read_model": read_model, "tables": [{**t._asdict(), "same": t.same} for t in tables]}
    lines = [f"{t.table}: {t.new_rows} rows, {'the same' if t.same else 'different'}" for t in tables]
    report(facts, as_json=as_json, text="\n".join([f"{read_model}: swapped", *lines]))
