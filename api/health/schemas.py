"""Shapes of what is told about the house."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Status = Literal["healthy", "degraded", "down", "not configured"]


class PartView(BaseModel):
    """``responseTime`` in milliseconds; null where nothing was asked."""

    status: Status = Field(examples=["healthy"])
    response_time: float | None = Field(alias="responseTime", examples=[1.3])


class ServiceView(PartView):
    """One part, and when it was looked at: a few seconds ago at most."""

    service: str = Field(examples=["database"])
    checked_at: datetime = Field(alias="checkedAt")


class OverallView(BaseModel):
    """``services`` only where they are asked for."""

    overall: Status = Field(examples=["healthy"])
    services: dict[str, PartView] | None = None


class DetailView(ServiceView):
    """``facts``: figures, for whoever runs the house."""

    detail: str
    facts: dict[str, Any]


class DetailsView(BaseModel):
    """Everything the checker knows."""

    overall: Status
    services: list[DetailView]


class FamilyView(BaseModel):
    """One kind of kept answer. Looks and rates are those of the process that answers, since it began."""

    family: str = Field(examples=["billing_plans"])
    seconds: int = Field(examples=[3600])
    about: Literal["person", "nobody", "clinic"]
    consumers: list[str] = Field(examples=[["plans"]])
    sealed_under: str = Field(alias="sealedUnder", examples=["the clinic's key"])
    compressed: bool
    stale_while_made: bool = Field(alias="staleWhileMade")
    looks: dict[str, int]
    hit_rate: float | None = Field(alias="hitRate")
    mean_milliseconds: float | None = Field(alias="meanMilliseconds")


class CacheView(BaseModel):
    """``memoryMost``: 0 when Valkey may use all there is."""

    families: list[FamilyView]
    memory_bytes: int | None = Field(alias="memoryBytes")
    memory_most: int | None = Field(alias="memoryMost")


class SettingView(BaseModel):
    """``value``: null for a secret; ``given``: whether the environment gives one."""

    variable: str = Field(examples=["CARETRAIL_HTTP_PORT"])
    meaning: str
    given: bool
    secret: bool
    value: str | None
