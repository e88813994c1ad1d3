"""What `doctor` looks at. Each look is a function that yields findings and never raises for a sick patient."""

import asyncio
import platform
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Literal, NamedTuple

import psycopg

from adapters.bootstrap import KEY_POOL
from adapters.embedded.servers import embedded_postgres, embedded_valkey
from adapters.health import own, vendors
from adapters.health.checker import Checker, Seen, look
from adapters.health.checker import State as Health
from adapters.logins import url_for
from adapters.merkle.observe import MerkleState, merkle
from adapters.postgres import durability, migrate, observe
from adapters.postgres.roles import Role, check_login
from adapters.postgres.tenancy import every_tenant
from adapters.processes import LOGINS
from adapters.settings import Misconfigured, Settings
from adapters.watch.board import Board, board, places
from adapters.watch.catalogue import RULES
from adapters.watch.working import OVERDUE_ALLOWED, UNSIGNED_ALLOWED
from scripts.terminal import one_line

State = Literal["ok", "degraded", "down"]
OLDEST_POSTGRES = 150_000
LAG_ALLOWED = 10_000
FREE_BYTES = 1 << 30


class Finding(NamedTuple):
    """One thing looked at."""

    name: str
    state: State
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """Return every finding, the servers' first."""
    findings = [Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")]
    findings += _parts(settings)
    findings += _postgres(settings)
    findings += _files(settings)
    return findings


def _parts(settings: Settings) -> Iterator[Finding]:
    """What the checker of the API sees without the database: Valkey, and services of others that are configured."""
    embedded = embedded_valkey(settings)
    if settings.redis_url is None and not embedded.answers():
        yield Finding("valkey", "down", "the embedded server is not running: `caretrail up` starts it")
    else:
        yield _found("valkey", asyncio.run(look(partial(own.valkey, settings.redis_url or embedded.url))), "down")
    checker = Checker(vendors.looks(settings), ())
    for name, found in asyncio.run(checker.find_all()).items():
        if found.seen.state is not Health.NOT_CONFIGURED:
            yield _found(name, found.seen, "degraded")


def _found(name: str, seen: Seen, when_down: State) -> Finding:
    states: dict[Health, State] = {Health.DOWN: when_down, Health.DEGRADED: "degraded"}
    return Finding(name, states.get(seen.state, "ok"), seen.detail or "it answers")


def _postgres(settings: Settings) -> Iterator[Finding]:
    embedded = embedded_postgres(settings)
    named = settings.database_url or settings.url_of(Role.AUDITOR)
    if named is None and embedded.process() is None:
        yield Finding("postgres", "down", "the embedded server is not running: `caretrail up` starts it")
        return
    logins = list(_logins(settings))
    sound = all(login.state == "ok" for login in logins)
    url = url_for(settings, Role.AUDITOR) if sound else named or embedded.url
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            yield from _server(connection, settings)
        pending = migrate.pending(url)
    except psycopg.Error as error:
        yield Finding("postgres", "down", one_line(error))
        return
    if pending:
        yield Finding("schema", "down", f"run `caretrail migrate`; pending: {', '.join(pending)}")
        return
    yield Finding("schema", "ok", "no migration is pending")
    yield from logins
    if sound:
        yield from asyncio.run(_consumers(url))


def _logins(settings: Settings) -> Iterator[Finding]:
    """Who each process logs in as, and the people who read: they may be no more than what they are for."""
    if not settings.logins_path.exists() and not all(settings.url_of(role) for role in Role):
        yield Finding("logins", "down", "there are none yet: run `caretrail migrate`")
        return
    for process, roles in {**LOGINS, "audit": (Role.AUDITOR,), "analysts": (Role.ANALYST,)}.items():
        try:
            urls = [url_for(settings, role) for role in roles]
            for url, role in zip(urls, roles, strict=True):
                check_login(url, role)
        except Misconfigured as error:
            yield Finding(f"login {process}", "down", one_line(error))
        else:
            names = [str(psycopg.conninfo.conninfo_to_dict(url)["user"]) for url in urls]
            yield Finding(f"login {process}", "ok", " and ".join(names))


def _server(connection: psycopg.Connection[Any], settings: Settings) -> Iterator[Finding]:
    version = connection.info.server_version
    old: State = "ok" if version >= OLDEST_POSTGRES else "down"
    yield Finding("postgres", old, f"{version // 10_000}.{version % 10_000} (15 or newer is needed)")
    names = [*durability.SETTINGS, "max_connections"]
    shown: dict[str, str] = dict(connection.execute(durability.SHOWN, (names,)).fetchall())
    wrong = [f"{name} is {value}" for name, value in durability.shortcomings(shown).items()]
    yield Finding("durability", "degraded" if wrong else "ok", ", ".join(wrong) or "a commit is on disk, checksummed")
    pools, most = settings.http_processes * (settings.database_pool + KEY_POOL), int(shown["max_connections"])
    enough: State = "ok" if pools < most else "degraded"
    yield Finding("connections", enough, f"the API may open {pools} of the server's {most}")


async def _consumers(url: str) -> list[Finding]:
    async with await psycopg.AsyncConnection.connect(every_tenant(url), autocommit=True) as connection:
        consumers = await observe.consumers(connection)
        effects, overdue = await observe.effect_states(connection)
        log = await merkle(connection)
        seen, where = await board(connection), await places(connection)
    findings = [*map(_consumer, consumers), *_log(log), *(_rules(seen, where) if consumers else ())]
    failed = effects.get("failed", 0)
    if failed or overdue > OVERDUE_ALLOWED:
        detail = (
            f"{failed} failed for good, the oldest due one has waited {overdue:.0f} s; see `caretrail effects list`"
        )
        return [*findings, Finding("effects", "degraded", detail)]
    return [
        *findings,
        Finding("effects", "ok", ", ".join(f"{count} {state}" for state, count in effects.items()) or "none"),
    ]


def _consumer(state: observe.ConsumerState) -> Finding:
    detail = f"generation {state.generation}, {state.lag} behind, {state.parked} streams parked"
    if state.halted:
        return Finding(f"consumer {state.consumer}", "degraded", f"halted: {state.halted}; {detail}")
    well = state.lag <= LAG_ALLOWED and not state.parked
    return Finding(f"consumer {state.consumer}", "ok" if well else "degraded", detail)


def _rules(seen: Board, where: Mapping[str, list[str]]) -> Iterator[Finding]:
    """What was last seen of the rules that must hold, and where one that does not is broken."""
    broken, unseen = seen.broken(), seen.unseen()
    for rule in RULES:
        said = [*map(str, broken.get(rule.name, ())), *where.get(rule.name, ())]
        if rule.name in unseen:
            said.append(unseen[rule.name])
        detail = f"broken ({rule.says}): {'; '.join(said)}" if rule.name in broken else "; ".join(said)
        yield Finding(f"rule {rule.name}", "degraded" if said else "ok", detail or rule.says)


def _log(state: MerkleState) -> Iterator[Finding]:
    grown = ", ".join(f"{log.leaves} {log.kind} ({log.unanchored} not yet signed)" for log in state.logs) or "empty"
    late: State = "degraded" if state.age > UNSIGNED_ALLOWED else "ok"
    yield Finding("merkle log", late, f"{grown}; the oldest unsigned one is {state.age:.0f} s old")
    for delivery in state.deliveries:
        if delivery.refused:
            detail = f"{delivery.waiting} notes wait, {delivery.refused} were refused ({delivery.error})"
            yield Finding(f"anchor {delivery.anchor}", "degraded", detail)


def _files(settings: Settings) -> Iterator[Finding]:
    for path in (settings.root_key_path, settings.signer_key_path, settings.logins_path, settings.state / "token.key"):
        if path.exists() and path.stat().st_mode & 0o077:
            yield Finding(path.name, "degraded", "others can read it: it must have mode 0600")
    if settings.state.exists():
        free = shutil.disk_usage(settings.state).free
        yield Finding("disk", "ok" if free > FREE_BYTES else "degraded", f"{free / (1 << 30):.1f} GiB free")
