"""Being told that a connection has something to read."""

import asyncio
from collections.abc import Callable


def listen_again(loop: asyncio.AbstractEventLoop, socket: int, told: Callable[[], None]) -> None:
    """Be told anew of what there is to read on ``socket``.

    When data and the reset behind it arrive together, libuv (under uvloop) tells of both once and never again: whoever
    has read only the data, and waits for the rest of an answer, would wait for ever.
    """
    loop.remove_reader(socket)
    loop.add_reader(socket, told)
