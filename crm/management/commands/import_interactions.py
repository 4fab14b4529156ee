from crm.domain.import_plan import INTERACTIONS
from crm.management.commands._importing import ImportCommand


class Command(ImportCommand):
    help = "Import interactions from a CSV file. Restarted after a kill, it doubles nothing."
    kind = INTERACTIONS
