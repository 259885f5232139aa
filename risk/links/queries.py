"""What surrounds a customer."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.db import connection

from risk.links.facts import LinkFacts

_FIELDS = tuple(field.name for field in dataclasses.fields(LinkFacts))
_SELECT = """
SELECT c.id AS customer_id,
  (SELECT count(DISTINCT o.customer_id) FROM risk_link m JOIN risk_link o USING (kind, key)
   WHERE m.customer_id = c.id AND m.kind = 'device' AND o.customer_id <> c.id)
     AS customers_on_my_devices,
  0 AS restricted_within_1_hop, 0 AS restricted_within_2_hops,
  g.community_size AS group_size,
  g.community_restricted::numeric / g.community_size AS group_restricted_share,
  (SELECT floor(extract(epoch FROM %(at)s::timestamptz - max(m.first_seen_at)) / 86400)::int
   FROM risk_link m WHERE m.customer_id = c.id AND m.kind = 'device') AS newest_device_age_days,
  (SELECT count(*) FROM risk_link m WHERE m.customer_id = c.id AND m.kind = 'device'
   AND m.last_seen_at > %(at)s::timestamptz - interval '30 days')::int AS devices_30d,
  (SELECT count(*) FROM risk_link m WHERE m.customer_id = c.id) > 5 AS is_capped
FROM accounts_customer c LEFT JOIN risk_linkgroup g ON g.customer_id = c.id
WHERE """


def facts_for_many(*, customer_ids: Sequence[int], at: dt.datetime) -> dict[int, LinkFacts]:
    with connection.cursor() as cursor:
        cursor.execute(
            _SELECT + "c.id = ANY(%(customer_ids)s)", {"at": at, "customer_ids": list(customer_ids)}
        )
        return {row[0]: LinkFacts(*row[1:]) for row in cursor.fetchall()}


def population_sql() -> str:
    return _SELECT + "c.id BETWEEN %(first)s AND %(last)s"
