"""What people who serve customers read: badges, playbooks, votes, help desks."""
