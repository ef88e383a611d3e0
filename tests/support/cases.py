"""The case service as tests play it."""

from datetime import date

from case_service.domain import Case, Due, Known, due
from case_service.handlers import HEARS, on_tick
from servicekit.endings import Accept
from servicekit.hears import Moment
from servicekit.partners import Partner
from support.events import at
from support.folding import Play
from support.referrals import acme, known


def cases(*partners: Partner) -> Play[Case, Known]:
    """The service with the shipped schemes and nothing heard yet."""
    return Play(HEARS, Case, Known(known().schemes), partners or (acme(),))


def due_of(case: Case) -> tuple[Due, ...]:
    """What is still to be done about a case of a shipped scheme."""
    return due(case, known().schemes.get(case.scheme_id or ""))


def tick(case: Case, day: str) -> Accept[Case]:
    """What the service does about a case in the morning of a day."""
    moment = Moment(at(f"{day}T06:00"), None, Known(known().schemes))
    return on_tick(case, date.fromisoformat(day), moment)


def ticked(play: Play[Case, Known], day: str) -> list[str]:
    """Let a day begin; what is announced, as `what` or `checkpoint 4`."""
    ending = tick(play.document, day)
    play.documents[play.document.id] = ending.document
    return [f"{said.data.what} {said.data.checkpoint_weeks or ''}".strip() for said in ending.announce]
