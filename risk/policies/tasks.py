"""The worker's part of policies: what was scheduled takes effect."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError

from backoffice.lib import clock
from risk.policies import activation, queries

log = structlog.get_logger(__name__)


@shared_task(name="risk.policies.activate_scheduled")
def activate_scheduled() -> int:
    """Puts in force what is due. Deciders do not wait for it: this is for products nobody asks
    about at that moment."""
    done = 0
    for product_id in queries.products_due(at=clock.now()):
        try:
            done += activation.activate(product_id=product_id, at=clock.now()) is not None
        except (OperationalError, InterfaceError):  # nobody's own trouble: the worker hears of it
            raise
        except Exception:  # one product's trouble must not hold up the others
            log.exception("activation_broke_off", product=product_id)
    return done
