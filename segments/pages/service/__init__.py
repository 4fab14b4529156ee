"""The pages of people who serve customers, and badges in other people's pages."""
