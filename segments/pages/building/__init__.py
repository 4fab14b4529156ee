"""The builder, versions and portable files."""
