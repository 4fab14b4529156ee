"""`manage.py benchmark`: a believable population, a hundred believable segments, and what others take for the same."""
