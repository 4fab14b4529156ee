"""Segments, members and badges as JSON, for answers and for the schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.view import PageQuery
from segments.models import Segment


@extend_schema_field(OpenApiTypes.OBJECT)
class RuleField(serializers.DictField):
    """A rule document, `{"version": 1, "rule": …}`, or the rule alone."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        return data


class SegmentIn(serializers.Serializer):
    """A segment that follows a rule."""

    name = serializers.CharField(max_length=120)
    rule = RuleField(help_text="In the rule language; the builder's pages show how.")
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=40, required=False, allow_blank=True, help_text="demographic, behavioural …"
    )
    hue = serializers.IntegerField(min_value=1, max_value=10, required=False)
    shown_as_badge = serializers.BooleanField(required=False)
    slug = serializers.SlugField(max_length=80, required=False, help_text="Its address; made from the name.")


class SegmentChange(serializers.Serializer):
    """What is to be different; what you leave out stays."""

    name = serializers.CharField(max_length=120, required=False)
    rule = RuleField(required=False)
    note = serializers.CharField(
        max_length=300, required=False, allow_blank=True, help_text="Why the rule changed; kept with it."
    )
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    label = serializers.CharField(max_length=40, required=False, allow_blank=True)  # type: ignore[assignment]
    hue = serializers.IntegerField(min_value=1, max_value=10, required=False)
    shown_as_badge = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(required=False)


class SegmentOut(serializers.ModelSerializer):
    """A segment."""

    rule = RuleField(read_only=True)
    archived = serializers.SerializerMethodField()

    class Meta:
        model = Segment
        fields = [
            "slug",
            "name",
            "description",
            "kind",
            "label",
            "hue",
            "shown_as_badge",
            "rule",
            "sentence",
            "version",
            "size",
            "evaluated_at",
            "problem",
            "archived",
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "size": {"help_text": "How many are in it."},
            "sentence": {"help_text": "The rule in words."},
            "evaluated_at": {"help_text": "As of when size and members are true."},
            "problem": {"help_text": "Why it could not be counted, if so; its last good members stay."},
        }

    def get_archived(self, segment: Segment) -> bool:
        return segment.archived_at is not None


class SegmentQuery(PageQuery):
    """Which segments."""

    kind = serializers.ChoiceField(choices=[Segment.DYNAMIC, Segment.FIXED], required=False)
    label = serializers.CharField(max_length=40, required=False)  # type: ignore[assignment]
    archived = serializers.BooleanField(required=False, default=False)


class MemberOut(serializers.Serializer):
    """A contact in a segment."""

    id = serializers.IntegerField(help_text="The contact.")
    name = serializers.CharField()
    email = serializers.CharField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    since = serializers.DateTimeField(help_text="In it without a break since then.")


class TurnIn(serializers.Serializer):
    """Which question of a sequence this is: of several that follow each other only the newest is answered."""

    of = serializers.CharField(max_length=80, help_text="Your name for the sequence, say one a browser tab.")
    number = serializers.IntegerField(
        min_value=0, max_value=2**53, help_text="Higher than that of the question before."
    )


class PreviewIn(serializers.Serializer):
    """A rule nobody saved."""

    rule = RuleField()
    segment = serializers.SlugField(
        max_length=80,
        required=False,
        help_text="The segment whose rule it would become: the answer then has the rehearsal.",
    )
    turn = TurnIn(required=False)
    as_of = serializers.DateTimeField(required=False, help_text="Counted as of this instant. Without: now.")
    samples = serializers.IntegerField(required=False, default=5, min_value=0, max_value=50)


class SampleOut(serializers.Serializer):
    """One of those who match."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField(allow_blank=True)


class UseOut(serializers.Serializer):
    """What saving the rule would do to one use of the segment; the numbers are null where a use follows no longer."""

    kind = serializers.ChoiceField(choices=["campaign", "goal", "segment", "badge"])
    name = serializers.CharField()
    state = serializers.CharField()
    gains = serializers.IntegerField(allow_null=True)
    loses = serializers.IntegerField(allow_null=True)
    stays = serializers.IntegerField(allow_null=True)
    words = serializers.CharField(help_text="The same as a part of a sentence.")
    counted = serializers.CharField(
        allow_blank=True, help_text="Who was counted, where that is not everybody who joins or leaves."
    )


class RehearsalOut(serializers.Serializer):
    """What saving the rule would do to the members of the segment."""

    joins = serializers.IntegerField()
    leaves = serializers.IntegerField()
    stays = serializers.IntegerField()
    uses = UseOut(many=True)


class PreviewOut(serializers.Serializer):
    """Who would be in it. While something is being prepared, `count`, `total` and `seconds` are null."""

    count = serializers.IntegerField(allow_null=True)
    total = serializers.IntegerField(allow_null=True, help_text="Of all contacts.")
    nodes = serializers.DictField(
        child=serializers.IntegerField(), help_text="JSON pointer into the rule → how many match there."
    )
    samples = SampleOut(many=True)
    as_of = serializers.DateTimeField()
    seconds = serializers.FloatField(allow_null=True)
    rehearsal = RehearsalOut(allow_null=True, help_text="Only where `segment` was named.")
    behind = serializers.BooleanField(
        help_text="True while a bulk load is being read: the figures are as of `built_at` then."
    )
    built_at = serializers.DateTimeField(allow_null=True)
    preparing = serializers.CharField(
        allow_blank=True, help_text="What is read for the first time, if so: ask again after `Retry-After`."
    )


class PlaybookOut(serializers.Serializer):
    """What service does with the members of a segment."""

    do = serializers.ListField(child=serializers.CharField())
    avoid = serializers.ListField(child=serializers.CharField())
    offer = serializers.CharField(allow_blank=True)
    tone = serializers.CharField(allow_blank=True)
    escalation = serializers.CharField(allow_blank=True)


class AccuracyOut(serializers.Serializer):
    """What colleagues voted on “Is this right?”, with Wilson's 95 % interval; shares from 0 to 1."""

    share = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    votes = serializers.IntegerField()


class BadgeOut(serializers.Serializer):
    """A segment the contact is in, as its sign; those that matter most come first."""

    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    hue = serializers.IntegerField(help_text="1 to 10: the colour it has in Facet.")
    since = serializers.DateTimeField()
    as_of = serializers.DateTimeField(allow_null=True, help_text="As of when this is true.")
    why = serializers.ListField(child=serializers.CharField(), help_text="The facts that decided it.")
    until = serializers.DateTimeField(
        allow_null=True, help_text="When it ends if nothing happens, within two years."
    )
    unless = serializers.CharField(allow_blank=True, help_text="What would keep it from ending.")
    outlook = serializers.CharField(help_text="The same as a sentence.")
    playbook = PlaybookOut(allow_null=True)
    accuracy = AccuracyOut(allow_null=True, help_text="Null: nobody has voted.")


class BadgesOut(serializers.Serializer):
    """The badges of one contact."""

    contact = serializers.IntegerField()
    name = serializers.CharField()
    badges = BadgeOut(many=True)


class BadgeQuery(serializers.Serializer):
    """Whose badges: exactly one of these."""

    email = serializers.CharField(required=False, max_length=254)
    external_id = serializers.CharField(required=False, max_length=254)
    phone = serializers.CharField(required=False, max_length=40)


RULE = {
    "version": 1,
    "rule": {
        "all": [
            {"attribute": "country", "op": "is", "value": "United Kingdom"},
            {
                "interaction": "purchase",
                "window": {"last": [90, "day"]},
                "measure": {"fn": "count"},
                "op": "gte",
                "value": 3,
            },
        ]
    },
}
SEGMENT_EXAMPLE = {"name": "Loyal in the UK", "rule": RULE, "label": "behavioural"}
SEGMENT_ANSWER = {
    "slug": "loyal-in-the-uk",
    "name": "Loyal in the UK",
    "description": "",
    "kind": "dynamic",
    "label": "behavioural",
    "hue": 3,
    "shown_as_badge": True,
    "rule": RULE,
    "sentence": "Customers whose country is United Kingdom and who did purchase at least 3 times in the last 90 days",
    "version": 1,
    "size": 412,
    "evaluated_at": "2026-03-01T12:30:00Z",
    "problem": "",
    "archived": False,
    "created_at": "2026-02-01T09:00:00Z",
    "updated_at": "2026-02-01T09:00:00Z",
}
MEMBER_ANSWER = {
    "id": 12,
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "external_id": "C-1815",
    "since": "2026-02-01T09:00:00Z",
}
PREVIEW_ANSWER = {
    "count": 412,
    "total": 5000,
    "nodes": {"": 412, "/all/0": 2210, "/all/1": 640},
    "samples": [{"id": 12, "name": "Ada Lovelace", "email": "ada@example.com"}],
    "as_of": "2026-03-01T12:30:00Z",
    "seconds": 0.012,
    "rehearsal": {
        "joins": 30,
        "leaves": 4,
        "stays": 382,
        "uses": [
            {
                "kind": "campaign",
                "name": "Spring sale",
                "state": "Waits for approval",
                "gains": 12,
                "loses": 3,
                "stays": 240,
                "words": "3 stop receiving it, 12 begin to receive it",
                "counted": "members who allow e-mail for offers and have an address for it",
            }
        ],
    },
    "behind": False,
    "built_at": "2026-03-01T12:00:00Z",
    "preparing": "",
}
BADGES_ANSWER: dict[str, Any] = {
    "contact": 12,
    "name": "Ada Lovelace",
    "badges": [
        {
            "slug": "loyal-in-the-uk",
            "name": "Loyal in the UK",
            "description": "",
            "label": "behavioural",
            "hue": 3,
            "since": "2026-02-01T09:00:00Z",
            "as_of": "2026-03-01T12:30:00Z",
            "why": ["bought 4 times in the last 90 days, last on 20 February 2026"],
            "until": "2026-05-02T09:00:00Z",
            "unless": "they buy",
            "outlook": "Until 2 May 2026, 09:00, unless they buy.",
            "playbook": {
                "do": ["Thank them for staying"],
                "avoid": ["A discount in the first sentence"],
                "offer": "Free returns",
                "tone": "Warm, never hurried",
                "escalation": "",
            },
            "accuracy": {"share": 0.93, "low": 0.84, "high": 0.97, "votes": 60},
        }
    ],
}
