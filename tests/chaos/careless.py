"""``python -m tests.chaos.careless URL``: a projector as one would write it first, the planted weakness of A7.

It takes a lease, writes its rows one by one, and then notes how far it has come, whatever was noted meanwhile.
"""

import sys
import time
from uuid import uuid4

import psycopg

from adapters.keep_going import stopping
from adapters.postgres.feed import PostgresFeed

LEASE_SECONDS, PAGE = 2.0, 50
MADE = (
    "CREATE TABLE public.careless (stream_id uuid PRIMARY KEY, events integer NOT NULL)",
    "CREATE TABLE public.careless_place (position bigint NOT NULL, holder uuid, until timestamptz)",
    "INSERT INTO public.careless_place VALUES (0, NULL, NULL)",
)
_LEASE = """UPDATE public.careless_place SET holder = %(me)s,
        until = clock_timestamp() + make_interval(secs => %(seconds)s)
    WHERE holder = %(me)s OR holder IS NULL OR until < clock_timestamp() RETURNING position"""
_COUNT = """INSERT INTO public.careless AS c VALUES (%s, 1)
    ON CONFLICT (stream_id) DO UPDATE SET events = c.events + 1"""
_NOTE = "UPDATE public.careless_place SET position = %s"


def follow(url: str) -> None:
    """Consume until SIGTERM."""
    stop, me = stopping(), uuid4()
    with psycopg.connect(url, autocommit=True) as writing, psycopg.connect(url, autocommit=True) as reading:
        feed = PostgresFeed(reading)
        while not stop.is_set():
            held = writing.execute(_LEASE, {"me": me, "seconds": LEASE_SECONDS}).fetchone()
            page = feed.page(held[0], PAGE) if held else None
            if held is None or page is None or page.upto == held[0]:
                time.sleep(0.05)
                continue
            for row in page.rows:
                writing.execute(_COUNT, (row.stream_id,))
            writing.execute(_NOTE, (page.upto,))


if __name__ == "__main__":
    follow(sys.argv[1])
