from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        from campaigns.queries import uses
        from segments.uses import USED, USES

        USES["campaigns"] = uses.campaigns_using
        USES["goals"] = uses.goals_using
        USED["campaigns"] = uses.used_by_campaigns
        USED["goals"] = uses.used_by_goals
