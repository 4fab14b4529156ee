"""The rule language and its one engine: pure logic on plain values and arrays.

`parse` reads a rule, `check` refuses what makes no sense, `plan` prepares rules for an instant, `evaluate` judges a
population, `sentence` says a rule in words. Nothing here knows Django, a database or the clock.
"""
