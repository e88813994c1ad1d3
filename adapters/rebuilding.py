"""Rebuilding read models, as the command line asks for it."""

import psycopg

from adapters.bootstrap import index_keys, index_makers
from adapters.codec.codec import Codec
from adapters.logins import url_for
from adapters.postgres.feed import PostgresFeed, decoder
from adapters.postgres.roles import Role, check_login
from adapters.settings import Settings
from domain.catalogue import EVENTS
from projections.catalogue import READ_MODELS
from projections.kernel.generations import Comparison, Progress, rebuild, roll_back


def rebuild_read_model(settings: Settings, name: str, accept_differences: bool, progress: Progress) -> list[Comparison]:
    """Rebuild, compare and swap; see projections.kernel.generations.rebuild."""
    url, model = _url(settings), READ_MODELS[name]
    keys = index_keys(settings) if model.keyed else None
    with (
        psycopg.connect(url, autocommit=True) as writing,
        psycopg.connect(url, autocommit=True) as reading,
        index_makers({name: model}, keys) as keyed,
    ):
        return rebuild(
            writing,
            PostgresFeed(reading),
            decoder(Codec(EVENTS)),
            model,
            make=keyed.get(name),
            accept_differences=accept_differences,
            progress=progress,
        )


def roll_back_read_model(settings: Settings, name: str) -> int:
    """Swap the kept generation in again and return it. Raises NothingKept."""
    with psycopg.connect(_url(settings), autocommit=True) as connection:
        return roll_back(connection, READ_MODELS[name])


def _url(settings: Settings) -> str:
    url = url_for(settings, Role.PROJECTOR)
    check_login(url, Role.PROJECTOR)
    return url
