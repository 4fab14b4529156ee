"""Newsletters read, tickets, calls, meetings, surveys, and the notes of colleagues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.demo.events import MINUTE, Event, World
from config.demo.people import DAYS

DAY = 1440 * MINUTE
TOPICS = {"Delivery": 30, "Return": 22, "Size advice": 18, "Complaint": 13, "Warranty": 9, "Loyalty card": 8}
LETTERS = ("Neuheiten", "Tourentipp", "Hüttenpost", "Werkstatt", "Sale")
NOTES = (
    "Called about a delivery that was left with the neighbour. All well.",
    "Asks for wide fits only. Show the Karwendel Pro first.",
    "Plans the Dachstein crossing in July, wants advice on crampons.",
    "Prefers to be written to, works nights.",
    "Returned the jacket, zip was faulty. Replacement sent, happy.",
    "Guides groups in the Ötztal; good contact for testers.",
    "Would like an invoice to the company from now on.",
    "Very pleased with the boot fitting in Innsbruck.",
    "Moved house, new address confirmed on the phone.",
    "Angry about the late parcel before Christmas. Voucher of 15 EUR given.",
    "Interested in avalanche courses, told the dates.",
    "Buys for the whole family, four pairs of boots a year.",
)


@dataclass(frozen=True)
class Remark:
    """A note to be: who it is about, when it was written, what it says."""

    person: int
    at: int
    body: str


def make_mails(world: World) -> list[Event]:
    """Newsletters, every second Thursday at nine: who opened one and who clicked."""
    rng = world.rng
    readers = np.array([person.reads_newsletter for person in world.people])
    opens = world.rate(lambda persona: persona.opens) / world.zeal
    habit = (opens * rng.beta(3, 2, len(readers)) / 0.6).clip(0, 0.95) * readers
    habit[rng.random(len(readers)) < 0.16] = 0  # subscribed, never opened
    thursdays = np.flatnonzero((world.days[:DAYS].astype(int) + 3) % 7 == 3)[::2]
    events = []
    for number, day in enumerate(thursdays.tolist()):
        month = world.days[day].astype("datetime64[M]").item()
        letter = f"{LETTERS[number % len(LETTERS)]} {month:%Y-%m}"
        # Interest fades before people leave.
        there = (world.joined <= day) & (world.gone + 30 > day)
        opened = np.flatnonzero(there & (rng.random(len(readers)) < habit))
        delays = rng.lognormal(5.2, 1.3, len(opened)).clip(2, 8_000)
        clicked = rng.random(len(opened)) < 0.2
        for person, delay, click in zip(opened.tolist(), delays.tolist(), clicked.tolist(), strict=True):
            at = int(world.midnights[day]) + 540 * MINUTE + int(delay * MINUTE)
            events.append(Event(person, "email_opened", at, {"newsletter": letter}))
            if click:
                events.append(Event(person, "email_clicked", at + 40 * MINUTE // 60, {"newsletter": letter}))
    return events


def make_tickets(world: World, purchases: list[Event]) -> list[Event]:
    """Questions and complaints, mostly after an order; young ones may still be open."""
    chosen = np.flatnonzero(world.rng.random(len(purchases)) < 0.1)
    topics = world.choose(TOPICS, len(chosen))
    channels = world.choose({"E-mail": 52, "Phone": 25, "Chat": 23}, len(chosen))
    events = []
    for row, topic, channel in zip(chosen, topics, channels, strict=True):
        bought = purchases[row]
        at = bought.at + int(world.rng.exponential(6 * 1440) + 90) * MINUTE
        age = (world.end - at) / DAY
        still_open = world.rng.random() < (0.75 if age < 5 else 0.25 if age < 20 else 0.01)
        properties = {
            "topic": topic,
            "channel": channel,
            "status": "open" if still_open else "solved",
            "order_id": bought.properties["order_id"],
        }
        if not still_open:
            properties["hours_to_solve"] = round(float(world.rng.lognormal(2.4, 0.9)), 1)
        events.append(Event(bought.person, "ticket", at, properties))
    return events


def make_calls(world: World) -> list[Event]:
    """Calls, more with those who like the phone, and meetings with those who buy for a company."""
    by_phone = np.array([person.attributes.get("preferred_contact") == "Phone" for person in world.people])
    companies = np.array([bool(person.company) for person in world.people])
    who, day = world.draw(np.where(by_phone, 0.9, 0.12) * world.zeal)
    outcomes = world.choose({"Answered": 62, "No answer": 26, "Call back": 12}, len(who))
    events = [
        Event(
            int(person),
            "call",
            int(at),
            {"direction": "in" if row % 3 else "out", "outcome": outcome, "minutes": int(minutes)},
        )
        for row, (person, at, outcome, minutes) in enumerate(
            zip(who, world.in_office(day), outcomes, 1 + world.rng.poisson(5, len(who)), strict=True)
        )
    ]
    who, day = world.draw(np.where(companies, 2.2, 0.01))
    subjects = world.choose({"Framework contract": 3, "New season": 5, "Rental fleet": 2}, len(who))
    events += [
        Event(int(person), "meeting", int(at), {"subject": subject})
        for person, at, subject in zip(who, world.in_office(day), subjects, strict=True)
    ]
    return events


def make_surveys(world: World, purchases: list[Event]) -> list[Event]:
    """Answers to ‘Would you recommend us?’; those about to leave say no more often."""
    rng = world.rng
    chosen = np.flatnonzero(rng.random(len(purchases)) < 0.11)
    events = []
    for row in chosen:
        bought = purchases[row]
        leaving = world.gone[bought.person] < DAYS
        score = int(np.clip(round(rng.normal(6.3 if leaving else 8.4, 1.9)), 0, 10))
        at = bought.at + int(rng.integers(6 * 1440, 15 * 1440)) * MINUTE
        properties = {"score": score, "order_id": bought.properties["order_id"]}
        events.append(Event(bought.person, "survey", at, properties))
    return events


def make_notes(world: World, talks: list[Event]) -> list[Remark]:
    """What colleagues wrote down after some of the calls, meetings and tickets."""
    return [
        Remark(talk.person, talk.at + 5 * MINUTE, NOTES[int(world.rng.integers(len(NOTES)))])
        for talk in talks
        if talk.kind != "survey" and world.rng.random() < 0.16
    ]
