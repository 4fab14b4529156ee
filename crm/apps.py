from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "crm"

    def ready(self) -> None:
        self._register_places()
        self._register_what_people_wrote()
        self._register_what_colleagues_keep()
        self._register_what_follows()

    def _register_places(self) -> None:
        from crm.domain.roles import Permission
        from crm.pages.palette import close_customers, customers
        from crm.palette import SOURCES, Source

        SOURCES["customers"] = Source("Customers", Permission.VIEW_CONTACTS, customers, order=10)
        SOURCES["close"] = Source(
            "Customers, close to it", Permission.VIEW_CONTACTS, close_customers, order=40
        )

    def _register_what_people_wrote(self) -> None:
        from crm import models
        from crm.actions.merging import parts
        from crm.personal_data import register

        register(
            models.Identifier,
            called="e-mail addresses, phone numbers and ids",
            link="contact",
            export=("kind", "shown"),
            on_merge="unite",
            on_erase="delete",
            merge=parts.unite_identifiers,
            unmerge=parts.part_identifiers,
        )
        register(
            models.Interaction,
            called="interactions",
            link="contact",
            export=("kind", "at", "amount", "currency", "properties", "source"),
            on_merge="move",
            on_erase="delete",
        )
        register(
            models.Note,
            called="notes",
            link="contact",
            export=("body", "created_at"),
            on_merge="move",
            on_erase="delete",
        )
        register(
            models.ConsentEntry,
            called="lines of the consent ledger",
            link="contact",
            export=("channel", "purpose", "granted", "at", "source", "proof"),
            on_merge="unite",
            on_erase="delete",
            merge=parts.unite_consents,
            unmerge=parts.part_consents,
        )
        register(
            models.Consent,
            called="consents",
            link="contact",
            export=("channel", "purpose", "granted", "since"),
            on_merge="recompute",
            on_erase="delete",
        )

    def _register_what_colleagues_keep(self) -> None:
        from crm import models
        from crm.personal_data import register

        register(
            models.ContactChange,
            called="edits in the history",
            link="contact",
            export=("at", "changes"),
            on_merge="keep",
            on_erase="delete",
        )
        register(
            models.Task,
            called="tasks",
            link="contact",
            export=("title", "due_on", "created_at", "done_at"),
            on_merge="move",
            on_erase="delete",
        )

    def _register_what_follows(self) -> None:
        from crm import models
        from crm.actions.merging import parts
        from crm.personal_data import register

        register(
            models.SearchTerm,
            called="words it is found by",
            link="contact",
            export=(),
            on_merge="recompute",
            on_erase="delete",
            merge=parts.unite_search_terms,
            unmerge=parts.part_search_terms,
        )
        register(
            models.ContactTouch,
            called="marks to be judged anew",
            link="contact",
            export=(),
            on_merge="keep",
            on_erase="keep",
        )
        register(
            models.Duplicate,
            called="likely duplicates",
            link="first",
            export=(),
            on_merge="recompute",
            on_erase="delete",
            merge=parts.end_suggestions,
            erase=parts.forget_suggestions,
        )
        register(
            models.Merge,
            called="merges",
            link="survivor",
            export=(),
            on_merge="keep",
            on_erase="delete",
            erase=parts.forget_merges,
        )
