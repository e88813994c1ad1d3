"""What the clock runs beside its effects: signing on the beat, and a thread for each who keeps notes outside."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import psycopg

from adapters.keep_going import persist
from adapters.merkle.anchors import Anchors
from adapters.merkle.checkpoints import Checkpointer
from adapters.merkle.deliveries import Deliveries
from adapters.merkle.folder import FolderAnchor
from adapters.merkle.signing import SignerFile
from adapters.merkle.timestamps import HttpTimestamper, TimestampAnchor
from adapters.merkle.webhook import WebhookAnchor
from adapters.settings import Settings
from application.ports.anchor import Anchor

Make = Callable[[psycopg.Connection[Any]], Anchor]


def checkpointer(settings: Settings, connection: psycopg.Connection[Any]) -> Checkpointer:
    """Return what signs, as the settings say. Raises SignerKeyUnsafe."""
    of_top = [TimestampAnchor.name] if settings.timestamp_url else []
    signer = SignerFile(settings.signer_key_path)
    seconds, events = settings.checkpoint_seconds, settings.checkpoint_events
    return Checkpointer(connection, signer, seconds, events, [FolderAnchor.name], of_top)


def anchors(settings: Settings) -> Mapping[str, Make]:
    """Return who keeps notes outside, as the settings say."""
    folder = Anchors(settings.anchors_directory)
    made: dict[str, Make] = {"folder": partial(FolderAnchor, folder), "webhook": WebhookAnchor}
    if settings.timestamp_url:
        timestamper = HttpTimestamper(settings.timestamp_url)
        made["timestamp"] = lambda connection: TimestampAnchor(folder, timestamper)
    return made


@contextmanager
def handing_out(settings: Settings, url: str, stop: threading.Event) -> Iterator[None]:
    """Hand notes out in threads for the length of a block; they end when ``stop`` is set, which the block must do."""

    def work(make: Make) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            Deliveries(connection, make(connection)).run(stop)

    with ExitStack() as stack:
        for name, make in anchors(settings).items():
            thread = threading.Thread(target=persist, args=(partial(work, make), stop, "clock"), name=f"anchor-{name}")
            thread.start()
            stack.callback(thread.join)
        stack.callback(stop.set)
        yield
