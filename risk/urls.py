"""The API routes of this app, by room."""

from __future__ import annotations

from django.urls import path

from risk.decisions.api import DecisionsView, DecisionView
from risk.signals.api import SignalsView
from risk.signals.events_api import CustomerEventsView, EventsView

urlpatterns = [
    path("events", EventsView.as_view()),
    path("customers/<str:customer_id>/events", CustomerEventsView.as_view()),
    path("customers/<str:customer_id>/signals", SignalsView.as_view()),
    path("decisions", DecisionsView.as_view()),
    path("decisions/<str:decision_id>", DecisionView.as_view()),
]
