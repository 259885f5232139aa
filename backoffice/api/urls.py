"""The API's own routes: description, documentation, health."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView

from backoffice.api.health import HealthView
from backoffice.api.schema import DescriptionView

urlpatterns = [
    path("health", HealthView.as_view(), name="health"),
    path("schema", DescriptionView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
