"""The rules of a question about poor seats: who may answer, and when enough have."""

from __future__ import annotations

from events import job as j
from events import orders as o
from events.payments import own, unpaid
from events.state import Decision, Job, Refusal


def request(c: o.RequestConsent, job: Job) -> Decision:
    """Ask, once the seats that can be had score below what the person would take without a word."""
    if no := own(c.attempt, job) or unpaid(job):
        return no
    offer = job.offer(c.show)
    print_ = offer.fingerprint() if offer else ""
    return [j.ConsentRequested(c.attempt, c.show, c.plan, c.deadline, print_, c.artifact, c.map)]


def answer(c: o.GiveConsent | o.DeclineConsent, job: Job) -> Decision:
    """One person's answer: it decides, or it is one vote of several. The latest word of each person counts."""
    if c.by not in job.electorate:
        why = "only the job's owner and its voters decide about its seats"
        return Refusal(why, "ask one of them to answer", "not_voter")
    other = isinstance(c, o.DeclineConsent) and c.other
    yes = isinstance(c, o.GiveConsent)
    word = "yes" if yes else "other" if other else "no"
    if job.votes.get(c.by) == word:
        return []
    needed = min(max(1, job.wish.votes if job.wish else 1), len(job.electorate))
    votes = job.votes | {c.by: word}
    voted: list[j.Event] = [j.ConsentVoted(c.by, yes, other)] if needed > 1 else []
    agreed = sum(vote == "yes" for vote in votes.values())
    against = len(votes) - agreed
    if agreed >= needed:
        return [*voted, j.ConsentGiven(c.by)]
    if against >= needed or len(job.electorate) - against < needed:
        return [*voted, j.ConsentDeclined(c.by, "other" in votes.values())]
    return voted
