"""Figures for Prometheus; labels are routes and names, never ids."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram

from domain.kernel.errors import Refused

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
REQUESTS = Histogram(
    "caretrail_request_seconds", "Time to answer a request.", ("method", "route", "status"), buckets=BUCKETS
)
LIMITED = Counter(
    "caretrail_requests_limited", "Requests refused by the limits, by the code they were given.", ("code",)
)
ALONE = Gauge("caretrail_limits_alone", "1 while this process counts requests for itself: Valkey is away.")
LAG = Gauge(
    "caretrail_consumer_lag_events", "Positions between a consumer's bookmark and the feed's end.", ("consumer",)
)
PARKED = Gauge("caretrail_parked_streams", "Streams a consumer has set aside.", ("consumer",))
EFFECTS = Gauge("caretrail_effects", "Effects by state.", ("state",))
LEAVES = Gauge("caretrail_log_leaves", "Leaves of the Merkle log.", ("log",))
UNANCHORED = Gauge("caretrail_log_unanchored_leaves", "Leaves no signed checkpoint covers yet.", ("log",))
CHECKPOINT_AGE = Gauge("caretrail_checkpoint_age_seconds", "How long the oldest leaf without a checkpoint is there.")
UNDELIVERED = Gauge("caretrail_checkpoints_undelivered", "Checkpoints that wait to be kept outside.", ("anchor",))
OVERDUE = Gauge("caretrail_effects_overdue_seconds", "How long the oldest due effect has been waiting.")
RULE = Gauge("caretrail_rule", "What was last seen of a rule that must hold: a figure for each thing it is about.",
             ("rule", "about"))  # fmt: skip
RULE_BROKEN = Gauge("caretrail_rule_broken", "1 while more of it is seen than is allowed.", ("rule", "about"))
RULE_UNSEEN = Gauge("caretrail_rule_unseen", "1 while nobody can say whether the rule holds.", ("rule",))
SIGN_INS = Counter("caretrail_sign_ins", "Attempts to sign in, by way and outcome.", ("way", "outcome"))
CONNECTIONS = Gauge(
    "caretrail_pool_connections", "Connections to PostgreSQL, and who waits for one.", ("pool", "state")
)


@contextmanager
def signing_in(way: str) -> Iterator[None]:
    """Count an attempt to sign in: success, the code of the refusal, or our own failure."""
    outcome = "failure"
    try:
        yield
        outcome = "success"
    except Refused as refused:
        outcome = refused.code
        raise
    finally:
        SIGN_INS.labels(way, outcome).inc()
