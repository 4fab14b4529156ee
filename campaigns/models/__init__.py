"""What is done with segments: campaigns and goals."""

from campaigns.models.campaign import Campaign
from campaigns.models.goal import Goal, GoalPoint

__all__ = ["Campaign", "Goal", "GoalPoint"]
