"""Votes, playbooks and the keys of help desks."""
