"""A decision endpoint as one would write it in an afternoon: DRF, serializers, the ORM.

The same work as ours: token, idempotency, lock, facts, the same compiled policy, the answer with
its trace stored, access updated. No switch fence, no strict parsing, no sealed answers.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Token
from django.db import transaction
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import facts as access_facts
from accounts.access.models import Access, Restriction
from backoffice.api.models import IdempotentRequest
from backoffice.lib import ids
from risk.decisions import rules
from risk.decisions.models import Decision
from risk.policies import queries as policies
from risk.policies.models import PolicyVersion
from risk.signals import queries as signals
from risk.tables.services import canonical


class PlainAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, None]:
        words = get_authorization_header(request).split()
        found = (
            Token.objects.select_related("client")
            .filter(hash=get_adapter().hash_token(words[-1].decode()), type="at")
            .first()
        )
        if found is None:
            raise AuthenticationFailed()
        client = found.client
        client.is_authenticated = True
        return client, None


class PlainDecision(serializers.ModelSerializer):
    customer_id = serializers.CharField(source="customer.public_id")
    product = serializers.CharField(source="product.code")

    class Meta:
        model = Decision
        fields = ("public_id", "customer_id", "product", "state", "policy_hash", "decided_at")
        read_only_fields = ("public_id", "state", "policy_hash", "decided_at")


class PlainDecisionsView(GenericAPIView):
    authentication_classes = (PlainAuthentication,)
    permission_classes = (IsAuthenticated,)
    serializer_class = PlainDecision

    @transaction.atomic
    def post(self, request: Request) -> Response:
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        kept, is_new = IdempotentRequest.objects.get_or_create(
            client_id=request.user.pk, key=request.headers["Idempotency-Key"],
            defaults={
                "fingerprint": hashlib.sha256(canonical(request.data).encode()).digest(),
                "created_at": timezone.now(),
            },
        )  # fmt: skip
        if not is_new:
            return Response(json.loads(bytes(kept.body)), status=kept.status)
        decision = self._decide(
            body.validated_data["customer"]["public_id"], body.validated_data["product"]["code"]
        )
        answer = self.get_serializer(decision).data
        kept.status, kept.body = 201, json.dumps(answer, default=str).encode()
        kept.save()
        return Response(answer, status=201)

    def _decide(self, customer_id: str, product_code: str) -> Decision:
        access = get_object_or_404(
            Access.objects.select_related("customer", "product").select_for_update(of=("self",)),
            customer__public_id=customer_id, product__code=product_code,
        )  # fmt: skip
        at, product = timezone.now(), access.product
        version = PolicyVersion.objects.get(product=product, status="live")
        known = signals.facts_for(customer_id=access.customer_id, at=at, names=())
        bounds = access_facts.Product(
            **{name: getattr(product, name) for name in access_facts.Product.__dataclass_fields__}
        )
        found = rules.evaluate(
            compiled=policies.compiled(version.content_hash), signals=known.values,
            product=bounds, at=at,
        )  # fmt: skip
        terms, answer = found.terms, found.answer
        list(Restriction.objects.filter(customer=access.customer, lifted_at=None))
        decision = Decision.objects.create(
            public_id=ids.ordered("dec"), customer=access.customer, product=product,
            policy_version=version, policy_hash=version.content_hash, trigger="request",
            state=answer["state"], effective_state=answer["state"],
            facts=rules.facts_json(facts=known, product=bounds, at=at), answer=found.text,
            actor="client", decided_at=at, duration_us=0,
        )  # fmt: skip
        if terms is not None:
            access.terms_limit_cents, access.annual_rate = terms.limit_cents, terms.annual_rate
            access.max_term_months = terms.max_term_months
        access.decision_public_id = decision.public_id
        access.save()
        return decision


urlpatterns = [path("api/v1/decisions", PlainDecisionsView.as_view())]
