"""Who the customers are, what they did, what they allowed."""

from crm.models.account import Account
from crm.models.alert import Alert
from crm.models.api_token import ApiToken
from crm.models.attribute import AttributeDefinition
from crm.models.audit import AuditEntry
from crm.models.company import Company
from crm.models.consent import Consent, ConsentEntry
from crm.models.contact import Contact, ContactChange, ContactTouch
from crm.models.delivery import Delivery
from crm.models.identifier import Identifier
from crm.models.imports import Import, ImportReject
from crm.models.interaction import Interaction
from crm.models.merge import Duplicate, Merge
from crm.models.note import Note
from crm.models.outbox import OutboxEvent
from crm.models.search import SearchTerm
from crm.models.task import Task
from crm.models.user import User

__all__ = [
    "Account",
    "Alert",
    "ApiToken",
    "AttributeDefinition",
    "AuditEntry",
    "Company",
    "Consent",
    "ConsentEntry",
    "Contact",
    "ContactChange",
    "ContactTouch",
    "Delivery",
    "Duplicate",
    "Identifier",
    "Import",
    "ImportReject",
    "Interaction",
    "Merge",
    "Note",
    "OutboxEvent",
    "SearchTerm",
    "Task",
    "User",
]
