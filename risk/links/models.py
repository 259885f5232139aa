from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from risk.links import facts


class LinkKind(models.TextChoices):
    DEVICE = facts.LinkKind.DEVICE.value, _("device")
    PHONE = facts.LinkKind.PHONE.value, _("phone")
    ADDRESS = facts.LinkKind.ADDRESS.value, _("address")
    EMPLOYER = facts.LinkKind.EMPLOYER.value, _("employer")
    EMERGENCY_CONTACT = facts.LinkKind.EMERGENCY_CONTACT.value, _("emergency contact")
    PAYEE = facts.LinkKind.PAYEE.value, _("payee")


class Device(models.Model):
    """One row is one device, told apart by a keyed fingerprint of what it reports about itself."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("device"), max_length=40, unique=True, editable=False)
    fingerprint = models.BinaryField(unique=True)
    platform = models.CharField(_("platform"), max_length=20, blank=True, default="")
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints = [
            models.CheckConstraint(
                condition=Q(first_seen_at__lte=F("last_seen_at")), name="device_seen_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class Link(models.Model):
    """One row is an edge: this customer was seen with this thing, so often, between these times.

    `key` is a keyed fingerprint; of a device it is the device's own.
    """

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("customer"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=20, choices=LinkKind.choices)
    key = models.BinaryField()
    times = models.IntegerField(_("times seen"), default=1)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "key"], include=["first_seen_at"], name="link_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=LinkKind.values), name="link_kind_known"),
            models.CheckConstraint(
                condition=Q(first_seen_at__lte=F("last_seen_at")) & Q(times__gte=1),
                name="link_seen_in_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "key", "customer"], include=["first_seen_at"], name="link_by_thing"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class LinkGroup(models.Model):
    """One row is which group a customer was in when groups were last worked out.

    `component`: everybody reachable over shared things; `community`: the denser part of it.
    Counts include the customer.
    """

    customer = models.OneToOneField(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", primary_key=True,
        verbose_name=_("customer"),
    )  # fmt: skip
    component = models.BigIntegerField(_("component"))
    component_size = models.IntegerField(_("customers in the component"))
    community = models.BigIntegerField(_("community"))
    community_size = models.IntegerField(_("customers in the community"))
    community_restricted = models.IntegerField(_("restricted of these"))
    computed_at = models.DateTimeField(_("worked out at"))

    class Meta:
        verbose_name = _("link group")
        verbose_name_plural = _("link groups")
        constraints = [
            models.CheckConstraint(
                condition=Q(community_size__gte=1)
                & Q(component_size__gte=F("community_size"))
                & Q(community_restricted__gte=0)
                & Q(community_restricted__lte=F("community_size")),
                name="link_group_counts",
            ),
        ]
        indexes = [models.Index(fields=["community"], name="link_group_by_community")]

    def __str__(self) -> str:
        return str(self.pk)


class HotThing(models.Model):
    """One row is a thing shared by so many customers that links are not followed through it."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=20, choices=LinkKind.choices)
    key = models.BinaryField()
    customers = models.IntegerField(_("customers"))
    computed_at = models.DateTimeField(_("worked out at"))

    class Meta:
        verbose_name = _("thing shared by many")
        verbose_name_plural = _("things shared by many")
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="hot_thing_once"),
            models.CheckConstraint(condition=Q(kind__in=LinkKind.values), name="hot_thing_kind"),
            models.CheckConstraint(condition=Q(customers__gte=2), name="hot_thing_is_shared"),
        ]
        indexes = [models.Index(fields=["-customers"], name="hot_thing_by_customers")]

    def __str__(self) -> str:
        return self.kind


class RunState(models.TextChoices):
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")
    FAILED = "failed", _("failed")


class LinkRun(models.Model):
    """One row is one working-out of everybody's groups: how far it is and what it found."""

    id = models.BigAutoField(primary_key=True)
    state = models.CharField(
        _("state"), max_length=10, choices=RunState.choices, default=RunState.RUNNING
    )
    stage = models.CharField(_("stage"), max_length=20, default="reading")
    started_at = models.DateTimeField(_("started at"))
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(_("finished at"), null=True)
    edges = models.BigIntegerField(_("links read"), default=0)
    customers = models.BigIntegerField(_("customers in groups"), default=0)
    customers_done = models.BigIntegerField(_("customers written"), default=0)
    components = models.BigIntegerField(_("components"), default=0)
    communities = models.BigIntegerField(_("communities"), default=0)
    hot_things = models.BigIntegerField(_("things shared by many"), default=0)
    problem = models.CharField(_("problem"), max_length=60, blank=True, default="")

    class Meta:
        verbose_name = _("working-out of groups")
        verbose_name_plural = _("workings-out of groups")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RunState.values), name="link_run_state_known"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="link_run_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class LinkSweep(models.Model):
    """One row is how far one sweep over changed customers has come."""

    name = models.CharField(max_length=40, primary_key=True)
    reached_at = models.DateTimeField()
    reached_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("sweep over customers")
        verbose_name_plural = _("sweeps over customers")

    def __str__(self) -> str:
        return self.name
