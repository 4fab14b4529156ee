"""The one door for e-mail."""

from __future__ import annotations

from django.core.mail import EmailMessage


def send_text(*, subject: str, text: str, to: str, message_id: str) -> None:
    """Send a plain letter to one person. The same `message_id` again shows once in their mailbox."""
    EmailMessage(
        subject=f"Facet: {' '.join(subject.split())}",
        body=text,
        to=[to],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    ).send()
