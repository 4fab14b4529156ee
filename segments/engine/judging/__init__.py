"""The engine proper: populations as columns, rules as programs, verdicts as bits."""
