"""Times people live by: a date and clock time in a named place. The instant is derived, never stored alone."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from domain.kernel.errors import Invalid


class UnknownZone(Invalid):
    """Not an IANA time zone."""

    code = "unknown-zone"


class NoSuchTime(Invalid):
    """The clocks skip this time on this date (start of summer time)."""

    code = "no-such-time"


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Return the IANA zone, or raise UnknownZone."""
    if name not in _zones():
        raise UnknownZone("Give an IANA time zone name such as Europe/Lisbon.")
    return ZoneInfo(name)


class CivilTime(msgspec.Struct, frozen=True):
    """``local``: naive ISO date and time to the minute (2026-03-01T10:00); ``zone``: IANA name.

    A time that occurs twice (end of summer time) means its first occurrence unless ``fold`` is 1.
    """

    local: str
    zone: str
    fold: int = 0

    @classmethod
    def of(cls, local: datetime, zone_name: str, fold: int = 0) -> Self:
        """Make a civil time that exists, or raise UnknownZone or NoSuchTime."""
        there = zone(zone_name)
        naive = local.replace(tzinfo=None, second=0, microsecond=0, fold=fold)
        aware = naive.replace(tzinfo=there)
        back = aware.astimezone(UTC).astimezone(there)
        if back.replace(tzinfo=None, fold=0) != naive.replace(fold=0):
            raise NoSuchTime(f"{naive:%Y-%m-%d %H:%M} does not occur in {zone_name}: the clocks go forward then.")
        return cls(naive.replace(fold=0).isoformat(timespec="minutes"), zone_name, fold if back.fold else 0)

    @classmethod
    def at(cls, instant: datetime, zone_name: str) -> Self:
        """Return the civil time in ``zone_name`` at an aware ``instant``."""
        there = instant.astimezone(zone(zone_name))
        return cls(there.replace(tzinfo=None, fold=0).isoformat(timespec="minutes"), zone_name, there.fold)

    @property
    def instant(self) -> datetime:
        """The moment in UTC."""
        naive = datetime.fromisoformat(self.local).replace(fold=self.fold)
        return naive.replace(tzinfo=zone(self.zone)).astimezone(UTC)

    def plus(self, length: timedelta) -> "CivilTime":
        """Return the civil time ``length`` of elapsed time later, in the same zone."""
        return CivilTime.at(self.instant + length, self.zone)
