"""What someone who owns the database may do to history: twelve acts, each at a place of chance's choosing."""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg

Connection = psycopg.Connection[Any]
#: What is written of an event; the server makes the other columns of these.
WRITTEN = """position, tenant_id, stream_id, version, type, schema_version, data, sealed, key_id, subject_id, meta,
    recorded_at"""


class Scene(NamedTuple):
    """Where an act takes place: a tenant's rows (position, stream, type) in order, and the dice."""

    connection: Connection
    tenant_id: UUID
    rows: list[tuple[int, UUID, str]]
    dice: Random

    def place(self, *, spare: int = 0) -> int:
        """Return a position of the tenant by chance, of which ``spare`` rows come after."""
        return self.rows[self.dice.randrange(len(self.rows) - spare)][0]

    def run(self, statement: str, *values: object) -> None:
        self.connection.execute(statement.encode(), values)


Act = Callable[[Scene], int]
"""Does it; returns the first position at which history is not what it was."""

EDITS = (
    "data = (left(data::text, -1) || ' }')::json",
    "data = regexp_replace(data::text, '[0-9]', '7')::json, meta = (meta::text || ' ')::json",
    "meta = replace(meta::text, 'actor', 'acter')::json",
    "sealed = set_byte(sealed, length(sealed) - 1, 255 - get_byte(sealed, length(sealed) - 1))",
    "sealed = NULL",
    "sealed = ''",
    "key_id = gen_random_uuid()",
    "subject_id = gen_random_uuid()",
    "subject_id = CASE WHEN subject_id IS NULL THEN tenant_id END",
    "recorded_at = recorded_at - interval '1 microsecond'",
    "type = type || 's'",
    "schema_version = schema_version + 1",
    "version = version + 1000",
    "stream_id = gen_random_uuid()",
)


def edit(scene: Scene) -> int:
    """Change one column of one event."""
    position = scene.place()
    scene.run(f"UPDATE event_store.events SET {scene.dice.choice(EDITS)} WHERE position = %s", position)
    return position


def delete_in_the_middle(scene: Scene) -> int:
    """Remove up to three events that have others after them."""
    first = scene.dice.randrange(len(scene.rows) - 4)
    gone = [row[0] for row in scene.rows[first : first + scene.dice.randint(1, 3)]]
    scene.run("DELETE FROM event_store.events WHERE position = ANY(%s)", gone)
    return gone[0]


def truncate_a_tail(scene: Scene) -> int:
    """Remove everything of the tenant from some position on."""
    position = scene.place()
    scene.run("DELETE FROM event_store.events WHERE tenant_id = %s AND position >= %s", scene.tenant_id, position)
    return position


def drop_a_stream(scene: Scene) -> int:
    """Remove all that ever happened to one thing."""
    stream = scene.dice.choice(scene.rows)[1]
    scene.run("DELETE FROM event_store.events WHERE stream_id = %s", stream)
    return next(position for position, of, _ in scene.rows if of == stream)


def insert_backdated(scene: Scene) -> int:
    """Put in an event that never happened: where a position is free, or else after moving all later ones."""
    at = scene.dice.randrange(1, len(scene.rows))
    before, after = scene.rows[at - 1][0], scene.rows[at][0]
    taken = {
        row[0]
        for row in scene.connection.execute(
            b"SELECT position FROM event_store.events WHERE position BETWEEN %s AND %s", (before, after)
        )
    }
    free = next((p for p in range(before + 1, after) if p not in taken), None)
    if free is None:
        free = after
        scene.run("UPDATE event_store.events SET position = -position - 1 WHERE position >= %s", after)
        scene.run("UPDATE event_store.events SET position = -position WHERE position < 0")
    scene.run(
        "INSERT INTO event_store.events SELECT %s, tenant_id, %s, version, type, schema_version, data, sealed, key_id,"
        " subject_id, meta, recorded_at FROM event_store.events WHERE position = %s",
        *(free, uuid4(), before),
    )
    return free


def reorder(scene: Scene) -> int:
    """Let two events change places."""
    one, other = sorted(row[0] for row in scene.dice.sample(scene.rows, 2))
    for old, new in ((one, -1), (other, one), (-1, other)):
        scene.run("UPDATE event_store.events SET position = %s WHERE position = %s", new, old)
    return one


def swap_ciphertexts(scene: Scene) -> int:
    """Give two events of one type each other's sealed part and key."""
    kinds: dict[str, list[int]] = {}
    for position, _, topic in scene.rows:
        kinds.setdefault(topic, []).append(position)
    one, other = sorted(scene.dice.sample(scene.dice.choice([k for k in kinds.values() if len(k) > 1]), 2))
    scene.run(
        "UPDATE event_store.events e SET sealed = o.sealed, key_id = o.key_id FROM event_store.events o"
        " WHERE (e.position, o.position) IN ((%s, %s), (%s, %s))",
        *(one, other, other, one),
    )
    return one


def roll_back(scene: Scene) -> int:
    """Take the whole house back to an earlier moment: events, trees and checkpoints, all as they truly were then."""
    cut = scene.place()
    scene.run("DELETE FROM event_store.events WHERE position >= %s", cut)
    scene.run("SELECT setval('event_store.position_seq', %s)", cut - 1)
    scene.run("DELETE FROM merkle.checkpoints WHERE kind <> 'top' AND position >= %s", cut)
    return cut


def edit_under_disabled_triggers(scene: Scene) -> int:
    """Edit while no trigger can see it."""
    scene.run("ALTER TABLE event_store.events DISABLE TRIGGER ALL")
    position = edit(scene)
    scene.run("ALTER TABLE event_store.events ENABLE TRIGGER ALL")
    return position


def edit_under_replica_role(scene: Scene) -> int:
    """Edit as replication would, without triggers and foreign keys."""
    scene.run("SET session_replication_role = replica")
    position = edit(scene)
    scene.run("RESET session_replication_role")
    return position


def edit_the_catalogue(scene: Scene) -> int:
    """Leave the table alone and change what its name shows."""
    return scene.dice.choice((show_a_view, inherit_a_row, rename_columns))(scene)


def show_a_view(scene: Scene) -> int:
    """Put a view in the table's place that shows one event otherwise."""
    position = scene.place()
    scene.run("ALTER TABLE event_store.events RENAME TO true_events")
    scene.run(
        "CREATE VIEW event_store.events AS SELECT position, tenant_id, stream_id, version, type, schema_version,"
        f" CASE position WHEN {position} THEN '{{}}'::json ELSE data END AS data, sealed, key_id, subject_id, meta,"
        " recorded_at FROM event_store.true_events"
    )
    scene.run("GRANT SELECT ON event_store.events TO PUBLIC")
    return position


def inherit_a_row(scene: Scene) -> int:
    """Give the table a child, whose row shows up among its own."""
    position = scene.place(spare=1)
    scene.run("CREATE TABLE event_store.more () INHERITS (event_store.events)")
    copied = f"INSERT INTO event_store.more ({WRITTEN}) SELECT {WRITTEN} FROM event_store.events WHERE position = %s"
    scene.run(copied, position)
    return position


def rename_columns(scene: Scene) -> int:
    """Exchange the names of two columns in the system catalogue itself."""
    scene.run("SET allow_system_table_mods = on")
    for old, new in (("data", "other"), ("meta", "data"), ("other", "meta")):
        scene.run(
            "UPDATE pg_attribute SET attname = %s WHERE attrelid = 'event_store.events'::regclass AND attname = %s",
            *(new, old),
        )
    scene.run("RESET allow_system_table_mods")
    return scene.rows[0][0]


ACTS: dict[str, Act] = {
    "edit": edit,
    "delete in the middle": delete_in_the_middle,
    "truncate a tail": truncate_a_tail,
    "drop a stream": drop_a_stream,
    "insert backdated": insert_backdated,
    "reorder": reorder,
    "swap ciphertexts": swap_ciphertexts,
    "roll back": roll_back,
    "edit under disabled triggers": edit_under_disabled_triggers,
    "edit under replica role": edit_under_replica_role,
    "edit the catalogue": edit_the_catalogue,
}
"""All but the restoring of an old backup, which needs one."""
