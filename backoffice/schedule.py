"""Everything that happens by itself, as one table. Every task is safe to run twice."""

from __future__ import annotations

from celery.schedules import crontab

SCHEDULE = {
    "deliver notices whose nudge was lost": {
        "task": "compliance.notices.deliver_due",
        "schedule": 10.0,
    },
    "continue campaigns whose worker died": {
        "task": "risk.decisions.continue_campaigns",
        "schedule": 15.0,
    },
    "continue snapshots and backtests whose worker died": {
        "task": "risk.simulation.continue_abandoned",
        "schedule": 15.0,
    },
    "put scheduled policies in force": {
        "task": "risk.policies.activate_scheduled",
        "schedule": 5.0,  # deciders do not wait for it
    },
    "ask outside what was left unasked": {
        "task": "accounts.verification.ask_due",
        "schedule": 10.0,
    },
    "let access follow who customers are": {
        "task": "risk.decisions.follow_identity",
        "schedule": 5.0,
        "args": (120,),
    },
    "let access follow who customers are, missed while no worker ran": {
        "task": "risk.decisions.follow_identity",
        "schedule": crontab(minute=47),
        "args": (90_000,),
    },
    "decide again whose facts changed, nudge lost or cool-down over": {
        "task": "risk.decisions.recheck_customers",
        "schedule": 5.0,
    },
    "lift restrictions that have ended": {
        "task": "accounts.access.lift_ended",
        "schedule": 60.0,
    },
    "forget old idempotency keys": {
        "task": "backoffice.api.forget_old_requests",
        "schedule": crontab(minute=17),
    },
    "forget expired API tokens": {
        "task": "backoffice.api.forget_expired_tokens",
        "schedule": crontab(minute=37),
    },
    "delete files of old snapshots nobody stands on": {
        "task": "risk.simulation.remove_old_snapshots",
        "schedule": crontab(hour=19, minute=20),
    },
    "make the months of events to come": {
        "task": "risk.events.make_months_ahead",
        "schedule": crontab(minute=27),
    },
    "set aside months of events past their retention": {
        "task": "risk.events.set_old_months_aside",
        "schedule": crontab(hour=19, minute=50),  # 03:50 in Shanghai
    },
    "refresh ages from birth dates": {
        "task": "risk.signals.refresh_ages",
        "schedule": crontab(hour=18, minute=5),  # 02:05 in Shanghai
    },
}
