"""Addresses of dashboard, goals and campaigns."""

from django.urls import URLPattern, path

from campaigns.pages import campaigns, dashboard, goals

urlpatterns: list[URLPattern] = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/movement/", dashboard.dashboard_movement, name="dashboard_movement"),
    path("goals/", goals.goals, name="goals"),
    path("goals/export.csv", goals.goals_csv, name="goals_csv"),
    path("goals/new/", goals.goal_new, name="goal_new"),
    path("goals/fields/", goals.goal_fields, name="goal_fields"),
    path("goals/now/", goals.goal_now, name="goal_now"),
    path("goals/<int:number>/", goals.goal, name="goal"),
    path("goals/<int:number>/days.csv", goals.goal_csv, name="goal_csv"),
    path("goals/<int:number>/edit/", goals.goal_edit, name="goal_edit"),
    path("goals/<int:number>/archive/", goals.goal_archive, name="goal_archive"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/export.csv", campaigns.campaigns_csv, name="campaigns_csv"),
    path("campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path("campaigns/<int:number>/", campaigns.campaign, name="campaign"),
    path("campaigns/<int:number>/edit/", campaigns.campaign_edit, name="campaign_edit"),
    path("campaigns/<int:number>/state/", campaigns.campaign_state, name="campaign_state"),
    path("campaigns/<int:number>/approve/", campaigns.campaign_approve, name="campaign_approve"),
    path("campaigns/<int:number>/copy/", campaigns.campaign_copy, name="campaign_copy"),
    path("campaigns/<int:number>/audience/", campaigns.campaign_audience, name="campaign_audience"),
    path("campaigns/<int:number>/audience/<slug:group>/", campaigns.campaign_people, name="campaign_people"),
    path(
        "campaigns/<int:number>/audience/<slug:group>.csv",
        campaigns.campaign_people_csv,
        name="campaign_people_csv",
    ),
]
