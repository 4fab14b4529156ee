from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        from campaigns.queries import uses
        from crm.domain.roles import Permission
        from segments.uses import BEGINNINGS, EFFECTS, USED, USES, Beginning

        USES["campaigns"] = uses.campaigns_using
        USES["goals"] = uses.goals_using
        EFFECTS["campaigns"] = uses.campaigns_affected
        EFFECTS["goals"] = uses.goals_affected
        USED["campaigns"] = uses.used_by_campaigns
        USED["goals"] = uses.used_by_goals
        plan = Beginning("Use in a campaign", "send", uses.new_campaign_with, Permission.EDIT_CAMPAIGNS)
        BEGINNINGS["campaign"] = plan
        BEGINNINGS["goal"] = Beginning("Set a goal", "target", uses.new_goal_on, Permission.EDIT_GOALS)
