"""Who acted, by the name people know."""

from __future__ import annotations

import pytest

from accounts.staff.models import StaffUser
from backoffice.api.clients import create_client
from compliance.ledger import queries
from compliance.ledger.facts import client, staff, system

pytestmark = pytest.mark.django_db


def test_people_and_apps_are_called_by_name_and_the_system_by_its_part() -> None:
    person = StaffUser.objects.create_user("lin", display_name="林若兰")
    app, _secret = create_client(name="The App", scopes=["access:read"], client_id="app-1")

    actors = [str(staff(person.pk)), str(client(app.pk)), str(system("access"))]
    assert queries.actor_names(actors) == {
        f"staff:{person.pk}": "林若兰",
        "client:app-1": "The App",
    }
