"""The rule language and its one engine: pure logic on plain values and arrays.

`language` reads rules, refuses what makes no sense and says them in words; `judging` judges a population; `why`
explains one contact's answer; `statistics` compares groups; `phrases` reads sentences. Nothing here knows Django, a
database or the clock.
"""
