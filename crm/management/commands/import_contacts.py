from crm.domain.import_plan import CONTACTS
from crm.management.commands._importing import ImportCommand


class Command(ImportCommand):
    help = "Import customers from a CSV file. Restarted after a kill, it doubles nothing."
    kind = CONTACTS
