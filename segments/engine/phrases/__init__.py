"""A plain sentence -> a draft rule: an offline grammar over the account's own words."""
