"""What providers told by themselves, and was acted on: they tell it again when they are not sure that it was heard."""

from typing import Protocol


class Heard(Protocol):
    """Port to the news that are settled."""

    async def before(self, provider: str, news_id: str) -> bool:
        """Whether it was acted on before."""
        ...

    async def settle(self, provider: str, news_id: str) -> None:
        """Note that it was acted on."""
        ...
