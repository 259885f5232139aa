"""The API routes of this app, by room."""

from __future__ import annotations

from django.urls import path

from compliance.notices.api import NoticeReadView, NoticesView
from compliance.reasons.api import ReasonsView, ReasonView
from compliance.switches.api import SwitchesView, SwitchView

urlpatterns = [
    path("customers/<str:customer_id>/notices", NoticesView.as_view()),
    path("customers/<str:customer_id>/notices/<str:notice_id>/read", NoticeReadView.as_view()),
    path("reasons", ReasonsView.as_view()),
    path("reasons/<str:code>", ReasonView.as_view()),
    path("switches", SwitchesView.as_view()),
    path("switches/<str:switch_id>", SwitchView.as_view()),
]
