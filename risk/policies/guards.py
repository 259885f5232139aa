"""What the database itself refuses about policies, whoever asks."""

from __future__ import annotations

import pgtrigger

MOVES = [
    ("draft", "submitted"),
    ("draft", "rejected"),
    ("submitted", "backtested"),
    ("submitted", "rejected"),
    ("backtested", "approved"),
    ("backtested", "rejected"),
    ("approved", "scheduled"),
    ("approved", "live"),
    ("approved", "retired"),
    ("scheduled", "approved"),
    ("scheduled", "live"),
    ("live", "retired"),
    ("retired", "live"),
]


def people_differ() -> pgtrigger.Trigger:
    """Who may not be the same person, by the level stored with the version.

    Level 1 holds always, 2 and 3 where a deployment has asked for them. An author is whoever
    drafted or edited the version: an approver who has touched it approves their own work.
    """
    return pgtrigger.Trigger(
        name="people_differ",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        declare=[("authors", "text[]")],
        func="""
            IF OLD.separation > NEW.separation AND OLD.status <> 'draft' THEN
                RAISE EXCEPTION 'pgtrigger: the separation of duties is never lowered';
            END IF;
            IF NEW.approved_by_id IS NOT DISTINCT FROM OLD.approved_by_id
               AND NEW.published_by_id IS NOT DISTINCT FROM OLD.published_by_id
               AND NEW.submitted_by_id IS NOT DISTINCT FROM OLD.submitted_by_id THEN
                RETURN NEW;
            END IF;
            SELECT coalesce(array_agg(actor), '{}') || ('staff:' || NEW.created_by_id::text)
            INTO authors FROM risk_policystep
            WHERE version_id = NEW.id AND to_status = 'draft';
            IF NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id
               AND (NEW.approved_by_id = NEW.submitted_by_id
                    OR 'staff:' || NEW.approved_by_id = ANY(authors)) THEN
                RAISE EXCEPTION 'pgtrigger: people_differ: approver';
            END IF;
            IF NEW.separation >= 2 AND NEW.published_by_id IS DISTINCT FROM OLD.published_by_id
               AND (NEW.published_by_id IN (NEW.submitted_by_id, NEW.approved_by_id)
                    OR 'staff:' || NEW.published_by_id = ANY(authors)) THEN
                RAISE EXCEPTION 'pgtrigger: people_differ: publisher';
            END IF;
            IF NEW.separation >= 3 AND NEW.submitted_by_id IS DISTINCT FROM OLD.submitted_by_id
               AND 'staff:' || NEW.submitted_by_id = ANY(authors) THEN
                RAISE EXCEPTION 'pgtrigger: people_differ: submitter';
            END IF;
            RETURN NEW;
        """,
    )


def moves_are_steps() -> pgtrigger.Trigger:
    """No status changes without the row that says who, why and which content.

    The name sorts after `status_moves`: a move that does not exist is told as that.
    """
    return pgtrigger.Trigger(
        name="steps_kept",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        condition=pgtrigger.Condition("OLD.status IS DISTINCT FROM NEW.status"),
        declare=[("step", "RECORD")],
        func="""
            SELECT from_status, to_status, content_hash INTO step FROM risk_policystep
            WHERE version_id = NEW.id ORDER BY id DESC LIMIT 1;
            IF (step.from_status, step.to_status, step.content_hash)
               IS DISTINCT FROM (OLD.status, NEW.status, NEW.content_hash) THEN
                RAISE EXCEPTION 'pgtrigger: steps_kept: no step records this move';
            END IF;
            IF NEW.status IN ('approved', 'scheduled', 'live') AND NOT EXISTS (
                SELECT 1 FROM risk_policystep WHERE version_id = NEW.id
                AND to_status = 'approved' AND content_hash = NEW.content_hash
            ) THEN
                RAISE EXCEPTION 'pgtrigger: steps_kept: this content was never approved';
            END IF;
            IF OLD.status = 'backtested' AND NEW.status = 'approved' AND NOT EXISTS (
                SELECT 1 FROM risk_policyproof WHERE version_id = NEW.id
                AND candidate_hash = NEW.content_hash
            ) THEN
                RAISE EXCEPTION 'pgtrigger: steps_kept: this content was never backtested';
            END IF;
            IF OLD.status = 'retired' AND OLD.live_at IS NULL THEN
                RAISE EXCEPTION 'pgtrigger: steps_kept: this version was never in force';
            END IF;
            RETURN NEW;
        """,
    )


def step_fits() -> pgtrigger.Trigger:
    """A step begins where its version stands and names its content."""
    return pgtrigger.Trigger(
        name="step_fits",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        declare=[("version", "RECORD")],
        func="""
            SELECT status, content_hash INTO version FROM risk_policyversion
            WHERE id = NEW.version_id;
            IF NEW.from_status = '' THEN
                IF version.status <> 'draft' OR EXISTS (
                    SELECT 1 FROM risk_policystep WHERE version_id = NEW.version_id
                ) THEN
                    RAISE EXCEPTION 'pgtrigger: step_fits: a version begins once';
                END IF;
            ELSIF NEW.from_status <> version.status
                  OR (version.status <> 'draft' AND NEW.content_hash <> version.content_hash) THEN
                RAISE EXCEPTION 'pgtrigger: step_fits: the version stands elsewhere';
            END IF;
            RETURN NEW;
        """,
    )


def proof_fits() -> pgtrigger.Trigger:
    """A proof is about the content its version has."""
    return pgtrigger.Trigger(
        name="proof_fits",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func="""
            IF NOT EXISTS (
                SELECT 1 FROM risk_policyversion WHERE id = NEW.version_id
                AND status <> 'draft' AND content_hash = NEW.candidate_hash
            ) THEN
                RAISE EXCEPTION 'pgtrigger: proof_fits: the proof is about other content';
            END IF;
            RETURN NEW;
        """,
    )


def trial_fits() -> pgtrigger.Trigger:
    """A challenger decides about people: it is approved. A shadow is at least submitted."""
    return pgtrigger.Trigger(
        name="trial_fits",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func="""
            IF NOT EXISTS (
                SELECT 1 FROM risk_policyversion WHERE id = NEW.version_id
                AND product_id = NEW.product_id
                AND (status IN ('approved', 'scheduled')
                     OR (NEW.kind = 'shadow' AND status IN ('submitted', 'backtested')))
            ) THEN
                RAISE EXCEPTION 'pgtrigger: trial_fits: the version cannot be tried so';
            END IF;
            RETURN NEW;
        """,
    )
