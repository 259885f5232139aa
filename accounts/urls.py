"""The API routes of this app, by room."""

from __future__ import annotations

from django.urls import path

from accounts.access.api import AccessListView, AccessView, ProductsView, ProductView
from accounts.customers.api import ConsentsView, CustomerView, WithdrawalsView
from accounts.verification.api import (
    BureauRecordsView,
    CustomersView,
    IdentityVerificationsView,
    VerificationView,
)
from accounts.verification.inquiry_api import InquiriesView

_customer = "customers/<str:customer_id>"

urlpatterns = [
    path("customers", CustomersView.as_view()),
    path(_customer, CustomerView.as_view()),
    path(f"{_customer}/consents", ConsentsView.as_view()),
    path(f"{_customer}/consent-withdrawals", WithdrawalsView.as_view()),
    path(f"{_customer}/identity-verifications", IdentityVerificationsView.as_view()),
    path(f"{_customer}/bureau-records", BureauRecordsView.as_view()),
    path(f"{_customer}/verification", VerificationView.as_view()),
    path(f"{_customer}/inquiries", InquiriesView.as_view()),
    path(f"{_customer}/access", AccessListView.as_view()),
    path(f"{_customer}/access/<str:product>", AccessView.as_view()),
    path("products", ProductsView.as_view()),
    path("products/<str:code>", ProductView.as_view()),
]
