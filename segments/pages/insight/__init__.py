"""The pages that look into segments."""
