from django.urls import path

from crm.api import contacts, interactions, merging

urlpatterns = [
    path("contacts/", contacts.Contacts.as_view(), name="api_contacts"),
    path("contacts/batch/", contacts.ContactsBatch.as_view(), name="api_contacts_batch"),
    path("contacts/<int:contact_id>/", contacts.OneContact.as_view(), name="api_contact"),
    path(
        "contacts/<int:contact_id>/interactions/",
        interactions.ContactInteractions.as_view(),
        name="api_contact_interactions",
    ),
    path("contacts/<int:contact_id>/merge/", merging.MergeContacts.as_view(), name="api_contact_merge"),
    path("merges/<int:merge_id>/undo/", merging.UndoMerge.as_view(), name="api_merge_undo"),
    path("interactions/", interactions.Interactions.as_view(), name="api_interactions"),
]
