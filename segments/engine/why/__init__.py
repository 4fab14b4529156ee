"""Why a rule holds for one contact, and when its answer will change."""
