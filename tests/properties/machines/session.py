"""Sessions and their refresh tokens: events beside rows, the rows in a real PostgreSQL, presented by many at once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar, NamedTuple, TypeVar
from uuid import UUID

import psycopg
from hypothesis import assume
from hypothesis import strategies as some
from hypothesis.stateful import invariant
from psycopg_pool import AsyncConnectionPool

from adapters.identity.refresh_tokens import StoredRefreshTokens
from adapters.logins import Role, url_for
from adapters.postgres.tenancy import pool
from adapters.settings import Settings
from application.ports.tokens import RefreshRefused, Renewed, SignedIn
from domain.identity.kinds import Method, SessionEnd
from domain.identity.session import Session
from tests.properties.models.session import LIFETIME, Family, Picture, seen, told
from tests.properties.playing import DONE, Machine, Stream, Tally, ids, one, relax, room, turn

T = TypeVar("T")
USERS = tuple(UUID(int=n) for n in (51, 52))
CLINICS = tuple(UUID(int=n) for n in (53, 54))
PRESENTERS = ("the person's own browser", "a thief's")
OVER, AFTER_REUSE = "session-over", "reused"
#: Waits are multiples of so many seconds; what a run itself takes must be less.
MARGIN = 5
_LATER = """WITH tokens AS (UPDATE identity.refresh_tokens SET expires_at = expires_at - make_interval(secs => %(s)s),
        used_at = used_at - make_interval(secs => %(s)s))
    UPDATE identity.sessions SET expires_at = expires_at - make_interval(secs => %(s)s)"""
_ROWS = """SELECT s.session_id, s.organization_id, s.methods, s.ended_at IS NOT NULL, count(*),
    count(*) FILTER (WHERE t.used_at IS NULL)
    FROM identity.sessions s JOIN identity.refresh_tokens t USING (session_id) GROUP BY s.session_id"""


class Ground(NamedTuple):
    """What all runs stand on."""

    runner: asyncio.Runner
    pool: AsyncConnectionPool[Any]
    admin: psycopg.Connection[Any]


class Doors(Machine):
    """Signs people in and out, and renews; what the rows say and what the events say is held against the model."""

    ground: ClassVar[Ground]
    presenters = some.sampled_from(PRESENTERS)
    counts = some.sampled_from([2, 3, 5])

    def __init__(self, kind: type[StoredRefreshTokens] = StoredRefreshTokens, tally: Tally | None = None) -> None:
        super().__init__(tally)
        self.tokens = kind(self.ground.pool, LIFETIME)
        self.ids = ids(0x5000)
        self.now = 0
        self.began_at = monotonic()
        self.model: list[Family] = []
        self.streams: list[Stream[Session]] = []

    @classmethod
    @contextmanager
    def stage(cls, url: Callable[[], str], folder: Path) -> Iterator[None]:
        """Open the database."""
        database = url()
        relax(database)
        made = pool(url_for(Settings(database_url=database), Role.APP), 1, 8)
        with asyncio.Runner() as runner, psycopg.connect(database, autocommit=True) as admin:
            runner.run(made.open())
            cls.ground = Ground(runner, made, admin)
            try:
                yield
            finally:
                runner.run(made.close())

    def clean(self) -> None:
        self.ground.admin.execute("DELETE FROM identity.sessions")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.ground.runner.run(work)

    def over(self, family: int) -> None:
        """What is over in the rows is told by an event."""
        if not self.streams[family].load().ended:
            assert self.streams[family].play(lambda s: s.end(SessionEnd.REMOVED)) == DONE

    @turn(weight=2, when=room, user=some.sampled_from(USERS), clinic=some.sampled_from(CLINICS))
    def sign_in(self, user: UUID, clinic: UUID) -> None:
        session, methods = next(self.ids), (Method.PASSWORD,)
        stream = Stream(Session, session)

        def open_it(s: Session) -> None:
            s.open(user_id=user, organization_id=clinic, methods=methods, client=None, address=None)

        assert (stream.play(open_it), stream.play(open_it)) == (DONE, OVER)
        first = self.run(self.tokens.begin(SignedIn(session, user, clinic, methods, datetime.now(UTC))))
        self.streams.append(stream)
        self.model.append(Family(session, user, clinic, methods, self.now, first))

    async def renewed(self, token: str, presenter: str) -> Renewed | None:
        try:
            return await self.tokens.renew(token, presenter)
        except RefreshRefused:
            return None

    @turn(weight=3, family=one, back=some.sampled_from([0, 0, 0, 1, 2]), presenter=presenters)
    def renew(self, family: int, back: int, presenter: str) -> None:
        """With the last token, or one before it."""
        self.present(family, back, [presenter])

    @turn(
        weight=2,
        family=one,
        back=some.sampled_from([0, 0, 1]),
        count=some.sampled_from([2, 3, 5]),
        thief=some.booleans(),
    )
    def renew_at_once(self, family: int, back: int, count: int, thief: bool) -> None:
        """Several at the same moment, one of them perhaps somebody else."""
        self.present(family, back, [PRESENTERS[0]] * count + [PRESENTERS[1]] * thief)

    def present(self, family: int, back: int, presenters: list[str]) -> None:
        own = self.model[family]
        token = own.chain[max(len(own.chain) - 1 - back, 0)]

        async def all_at_once() -> list[Renewed | None]:
            return list(await asyncio.gather(*(self.renewed(token.text, each) for each in presenters)))

        answers = self.run(all_at_once())
        self.timely()
        given = {answer.token for answer in answers if answer is not None and answer.token is not None}
        said = Counter("refused" if a is None else "renewed" if a.token else AFTER_REUSE for a in answers)
        assert len(given) <= 1, "the family forked"
        assert all(answer.session.session_id == own.session for answer in answers if answer is not None)
        expected = own.present(token, set(presenters), self.now)
        if own.ended:
            self.over(family)
        assert set(said) <= expected
        assert expected == {"refused"} or set(said) != {"refused"}
        if token.used_at is None and expected != {"refused"}:
            (successor,) = given
            own.extend(token, str(successor), presenters[0], self.now)
        assert given <= {token.successor}

    @turn(family=one, clinic=some.sampled_from(CLINICS))
    def move(self, family: int, clinic: UUID) -> None:
        own = self.model[family]
        moved = self.run(self.tokens.move(own.session, clinic))
        self.timely()
        assert (moved is not None) is own.alive(self.now)
        if moved is not None:
            assert self.streams[family].play(lambda s: s.move(clinic)) == DONE
            own.clinic = clinic
        elif own.ended:
            assert self.streams[family].play(lambda s: s.move(clinic)) == OVER

    @turn(family=one, methods=some.sampled_from([(Method.TOTP,), (Method.PASSWORD, Method.EMAIL_CODE)]))
    def prove(self, family: int, methods: tuple[Method, ...]) -> None:
        own = self.model[family]
        proven = self.run(self.tokens.proven(own.session, methods, datetime.now(UTC)))
        self.timely()
        assert (proven is not None) is own.alive(self.now)
        if proven is not None:
            assert self.streams[family].play(lambda s: s.step_up(methods)) == DONE
            own.methods += tuple(method for method in methods if method not in own.methods)
            assert proven.methods == own.methods

    @turn(family=one)
    def end(self, family: int) -> None:
        own = self.model[family]
        self.run(self.tokens.end(own.session))
        own.ended = True
        self.over(family)

    @turn(user=some.sampled_from(USERS), but=some.none() | some.sampled_from(range(4)))
    def end_all(self, user: UUID, but: int | None) -> None:
        spared = None if but is None or but >= len(self.model) else self.model[but].session
        ended = self.run(self.tokens.end_all(user, spared))
        expected = [f for f in self.model if f.user == user and not f.ended and f.session != spared]
        assert set(ended) == {family.session for family in expected}
        for number, family in enumerate(self.model):
            if family in expected:
                family.ended = True
                self.over(number)

    @turn(user=some.sampled_from(USERS), family=one)
    def ask(self, user: UUID, family: int) -> None:
        """Which sessions go on, and whose a token is."""
        alive = set(self.run(self.tokens.alive(user)))
        own = self.model[family]
        last, first = (self.run(self.tokens.session_of(token.text)) for token in (own.chain[-1], own.chain[0]))
        self.timely()
        assert alive == {each.session for each in self.model if each.user == user and each.alive(self.now)}
        assert (last is not None) is (not own.ended and own.chain[-1].expires > self.now)
        assert (first is not None) is (not own.ended and own.chain[0].expires > self.now)

    @turn(weight=2, seconds=some.sampled_from([MARGIN, MARGIN, 60, LIFETIME // 2]))
    def wait(self, seconds: int) -> None:
        self.ground.admin.execute(_LATER, {"s": seconds})
        self.now += seconds

    def timely(self) -> None:
        """A run that was held up for longer than the shortest wait tells nothing."""
        assume(monotonic() - self.began_at < MARGIN)

    @invariant()
    def rows_and_events_tell_what_the_model_knows(self) -> None:
        rows = {row[0]: row[1:] for row in self.ground.admin.execute(_ROWS).fetchall()}
        assert set(rows) == {family.session for family in self.model}
        for stream, family in zip(self.streams, self.model, strict=True):
            clinic, methods, ended, tokens, unused = rows[family.session]
            assert Picture(family.user, clinic, tuple(methods), ended) == family.picture()
            assert told(stream.facts) == seen(stream.load()) == family.picture()
            assert (tokens, unused) == (len(family.chain), 1)


class AnyPresenter(StoredRefreshTokens):
    """Planted: whoever presents a used token within the grace gets its successor."""

    async def renew(self, token: str, presenter: str) -> Renewed:
        return await super().renew(token, "anyone")


class LooksFirst(StoredRefreshTokens):
    """Planted: it looks whether a token is unused, and takes it for unused then. All who come at the same moment have
    looked before the first takes it, so that the bug is met whenever it can be."""

    in_turn = asyncio.Lock()
    looking, looked = 0, asyncio.Event()

    async def renew(self, token: str, presenter: str) -> Renewed:
        hashed = {"token": token.encode()}
        self.looking += 1
        self.looked.clear()
        try:
            unused = await self._rows(
                b"SELECT 1 FROM identity.refresh_tokens WHERE token_hash = sha256(%(token)s) AND used_at IS NULL",
                hashed,
            )
        finally:
            self.looking -= 1
            if not self.looking:
                self.looked.set()
        await self.looked.wait()
        async with self.in_turn:
            if unused:
                await self._rows(
                    b"UPDATE identity.refresh_tokens SET used_at = NULL WHERE token_hash = sha256(%(token)s)", hashed
                )
            return await super().renew(token, presenter)
