"""The statement that reads a customer's surroundings, live, by index, with bounded work.

Whatever people share, no more is read than: so many things of a customer; so many customers of a
thing, where one more makes it *hot* (counted as "at least so many", not followed); so many
neighbours followed a hop further. What was left out is said by `is_capped`.
"""

from __future__ import annotations

from accounts.access.queries import is_closed_sql

THINGS_AT_MOST = 50
SHARED_AT_MOST = 100
NEIGHBOURS_AT_MOST = 200
# Of the second hop, which grows by the square of everything.
FOLLOWED_AT_MOST = 10
FURTHER_THINGS_AT_MOST = 8
FURTHER_SHARED_AT_MOST = 20

COLUMNS = (
    "customer_id", "customers_on_my_devices", "restricted_within_1_hop",
    "restricted_within_2_hops", "group_size", "group_restricted_share", "newest_device_age_days",
    "devices_30d", "is_capped",
)  # fmt: skip
# The sub-select hides the array's length, so that PostgreSQL soon settles for one plan: planning
# this statement takes longer than running it.
ONE = "SELECT unnest((SELECT %(customer_ids)s::bigint[])) AS me"
SPAN = "SELECT id AS me FROM accounts_customer WHERE id BETWEEN %(first)s AND %(last)s"

NEAR_SHOWN, FAR_SHOWN = 12, 18

# A phone is the same thing whether it is somebody's own or somebody's emergency contact.
_SAME_KINDS = (
    "ANY (CASE WHEN {kind} IN ('phone', 'emergency_contact') "
    "THEN ARRAY['phone', 'emergency_contact'] ELSE ARRAY[{kind}]::text[] END)"
)


def holders(*, thing: str, me: str, at_most: int) -> str:
    """A lateral relation of one array: customers with this thing but `me`, one more than the most
    when there are more. `thing` is a relation with `kind` and `key`."""
    kinds = _SAME_KINDS.format(kind=f"{thing}.kind")
    return (
        f"(SELECT array_agg(one.customer_id) AS customers FROM (SELECT other.customer_id "  # noqa: S608
        f"FROM risk_link AS other WHERE other.kind = {kinds} AND other.key = {thing}.key "
        f"AND other.first_seen_at <= %(at)s AND other.customer_id <> {me} "
        f"LIMIT {at_most + 1}) AS one)"
    )


_THINGS = f"""
    SELECT link.kind, link.key, link.first_seen_at, link.last_seen_at FROM risk_link AS link
    WHERE link.customer_id = asked.me AND link.first_seen_at <= %(at)s LIMIT {THINGS_AT_MOST + 1}
"""  # noqa: S608 — constants
_SHARED = f"""
    SELECT thing.kind, thing.key, held.customers, cardinality(held.customers) AS many
    FROM thing CROSS JOIN LATERAL
        {holders(thing="thing", me="asked.me", at_most=SHARED_AT_MOST)} AS held
    WHERE held.customers IS NOT NULL
"""  # noqa: S608
_NEAR = f"""
    SELECT DISTINCT unnest(shared.customers) AS customer_id
    FROM shared WHERE shared.many <= {SHARED_AT_MOST} LIMIT {NEIGHBOURS_AT_MOST + 1}
"""  # noqa: S608
_FURTHER_THINGS = f"""
    SELECT DISTINCT theirs.kind, theirs.key, theirs.is_last
    FROM (SELECT near.customer_id FROM near LIMIT {FOLLOWED_AT_MOST}) AS followed
    CROSS JOIN LATERAL (
        SELECT link.kind, link.key, row_number() OVER () > {FURTHER_THINGS_AT_MOST} AS is_last
        FROM risk_link AS link
        WHERE link.customer_id = followed.customer_id AND link.first_seen_at <= %(at)s
        LIMIT {FURTHER_THINGS_AT_MOST + 1}
    ) AS theirs
    WHERE (theirs.kind, theirs.key) NOT IN (SELECT thing.kind, thing.key FROM thing)
"""  # noqa: S608
_FURTHER = f"""
    SELECT held.customers, cardinality(held.customers) AS many
    FROM further_thing CROSS JOIN LATERAL
        {holders(thing="further_thing", me="asked.me", at_most=FURTHER_SHARED_AT_MOST)} AS held
    WHERE held.customers IS NOT NULL
"""  # noqa: S608


_MET = f"""
    SELECT near.customer_id, TRUE AS is_near FROM near
    UNION ALL
    SELECT DISTINCT beyond.customer_id, FALSE
    FROM further, unnest(further.customers) AS beyond (customer_id)
    WHERE further.many <= {FURTHER_SHARED_AT_MOST}
        AND beyond.customer_id NOT IN (SELECT near.customer_id FROM near)
"""  # noqa: S608
_SEEN = f"""
    WITH thing AS MATERIALIZED ({_THINGS}),
    shared AS MATERIALIZED ({_SHARED}),
    near AS MATERIALIZED ({_NEAR}),
    further_thing AS MATERIALIZED ({_FURTHER_THINGS}),
    further AS MATERIALIZED ({_FURTHER}),
    met AS ({_MET})
    SELECT
        (SELECT count(DISTINCT on_it.customer_id) FROM shared,
            unnest(shared.customers[:{SHARED_AT_MOST}]) AS on_it (customer_id)
         WHERE shared.kind = 'device')::integer AS on_devices,
        counted.closed_near, counted.closed,
        (SELECT floor(EXTRACT(epoch FROM %(at)s - max(thing.first_seen_at)) / 86400)::integer
         FROM thing WHERE thing.kind = 'device') AS newest_days,
        (SELECT count(*)::integer FROM thing WHERE thing.kind = 'device'
            AND thing.last_seen_at > %(at)s - interval '30 days') AS devices_30d,
        (SELECT count(*) > {THINGS_AT_MOST} FROM thing)
            OR EXISTS (SELECT FROM shared WHERE shared.many > {SHARED_AT_MOST})
            OR (SELECT count(*) > {FOLLOWED_AT_MOST} FROM near)
            OR EXISTS (SELECT FROM further_thing WHERE further_thing.is_last)
            OR EXISTS (SELECT FROM further WHERE further.many > {FURTHER_SHARED_AT_MOST})
            AS is_capped
    FROM (
        SELECT count(*) FILTER (WHERE met.is_near)::integer AS closed_near,
            count(*)::integer AS closed
        FROM met WHERE {is_closed_sql("met.customer_id")}
    ) AS counted
"""  # noqa: S608


def surroundings_sql(asked: str) -> str:
    """Shape: COLUMNS, a row for every row of `asked`, a SELECT of one column `me`; %(at)s."""
    me_closed = is_closed_sql("asked.me")
    return f"""
WITH asked AS ({asked})
SELECT asked.me AS customer_id, seen.on_devices AS customers_on_my_devices,
    seen.closed_near AS restricted_within_1_hop, seen.closed AS restricted_within_2_hops,
    grouped.community_size AS group_size,
    CASE WHEN grouped.community_size > 1 THEN round(
        LEAST(1, GREATEST(0, grouped.community_restricted - CASE WHEN {me_closed} THEN 1 ELSE 0 END)
            ::numeric / (grouped.community_size - 1)), 4)
    END AS group_restricted_share,
    seen.newest_days AS newest_device_age_days, seen.devices_30d, seen.is_capped
FROM asked
LEFT JOIN risk_linkgroup AS grouped ON grouped.customer_id = asked.me
CROSS JOIN LATERAL (
    {_SEEN}
) AS seen
"""  # noqa: S608 — constants of this module and of the rooms below


def _shown(held: str, at_most: int) -> str:
    """The holders of `held` (via, kind, customers), each once with what leads there."""
    return f"""
SELECT met.via, met.customer_id, customer.public_id, met.kinds, met.things, met.is_closed
FROM (
    SELECT DISTINCT ON (found.customer_id) found.*,
        {is_closed_sql("found.customer_id")} AS is_closed
    FROM (
        SELECT held.via, one.customer_id, array_agg(DISTINCT held.kind) AS kinds,
            count(*) AS things
        FROM ({held}) AS held, unnest(held.customers) AS one (customer_id)
        WHERE one.customer_id <> ALL (%(beside)s::bigint[])
        GROUP BY held.via, one.customer_id
    ) AS found
    ORDER BY found.customer_id, found.things DESC, found.via
) AS met
JOIN accounts_customer AS customer ON customer.id = met.customer_id
ORDER BY met.is_closed DESC, met.things DESC, met.customer_id LIMIT {at_most}
"""  # noqa: S608 — constants of this module and of the rooms below


def _held_by(things_at_most: int, shared_at_most: int) -> str:
    held = holders(thing="thing", me="via.id", at_most=shared_at_most)
    return f"""
        SELECT via.id AS via, thing.kind::text AS kind, held.customers
        FROM unnest(%(of)s::bigint[]) AS via (id)
        CROSS JOIN LATERAL (
            SELECT link.kind, link.key FROM risk_link AS link
            WHERE link.customer_id = via.id AND link.first_seen_at <= %(at)s
            LIMIT {things_at_most}
        ) AS thing
        CROSS JOIN LATERAL {held} AS held
        WHERE cardinality(held.customers) <= {shared_at_most}
    """  # noqa: S608


NEAR_SHOWN_SQL = _shown(_held_by(THINGS_AT_MOST, SHARED_AT_MOST), NEIGHBOURS_AT_MOST)
FAR_SHOWN_SQL = _shown(_held_by(FURTHER_THINGS_AT_MOST, FURTHER_SHARED_AT_MOST), FAR_SHOWN + 1)
HOT_SQL = f"""
SELECT DISTINCT thing.kind FROM (
    SELECT link.kind, link.key FROM risk_link AS link
    WHERE link.customer_id = %(me)s AND link.first_seen_at <= %(at)s LIMIT {THINGS_AT_MOST}
) AS thing
CROSS JOIN LATERAL {holders(thing="thing", me="%(me)s", at_most=SHARED_AT_MOST)} AS held
WHERE cardinality(held.customers) > {SHARED_AT_MOST} ORDER BY thing.kind
"""  # noqa: S608
