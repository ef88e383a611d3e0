"""How good the data are: follow-ups that were done, statuses that fit, referrals that are meant for the scheme."""

from collections.abc import Callable

from oracle.codes import BARRIERS, known
from oracle.journeys import Journey, Status
from oracle.measures import CHANGES, Cohort, Count, valid

NOT_FOLLOWED_UP = {"declined", "ineligible", "withdrew", "died"}
ONLY_OF = {status: group for _, group, status in CHANGES}


def follow_ups_known(cohort: Cohort) -> Count:
    """Follow-ups of which the status is known, of all whose window has closed; unknown if nothing was ever recorded."""
    followed = [one for one in cohort.journeys if one.closed is None or one.closed[1] not in NOT_FOLLOWED_UP]
    due = [(one, weeks) for one in followed for weeks in _asked(cohort, one) if cohort.is_over(one, weeks)]
    done = [cohort.status(one, weeks) is not None for one, weeks in due]
    silent = [all(said.weeks != weeks for said in one.statuses) for one, weeks in due]
    return Count(sum(done), len(due), sum(silent))


def statuses_not_fitting(cohort: Cohort) -> Count:
    """Statuses that nobody counts, of those recorded."""
    told = [(one, said) for one in cohort.journeys for said in one.statuses if cohort.by_now(said.on)]
    return Count(sum(not _fits(cohort, one, said) for one, said in told), len(told))


def referrals_not_eligible(cohort: Cohort) -> Count:
    """Referrals of an entry group or with a main barrier that the scheme does not name, of all."""
    made = [one for one in cohort.journeys if cohort.by_now(one.referred)]
    return Count(sum(not _meant(cohort, one) for one in made), len(made))


def _asked(cohort: Cohort, one: Journey) -> list[int]:
    planned = valid(cohort.scheme["programme"], one.said["scheme_area"], one.referred)
    return list(planned["checkpoints"]) if planned else []


def _fits(cohort: Cohort, one: Journey, said: Status) -> bool:
    window = one.window(said.weeks)
    in_time = window is None or window[0] <= said.on <= window[1]
    possible = ONLY_OF.get(said.status, one.group) == one.group
    return in_time and possible and said.definition in cohort.scheme["definitions"]


def _meant(cohort: Cohort, one: Journey) -> bool:
    meant = valid(cohort.scheme["eligibility"], one.said["scheme_area"], one.referred)
    if meant is None:
        return True
    barrier = known(one.said.get("main_barrier") or "not_recorded", BARRIERS)
    groups, barriers = meant["entry_groups"] or [one.group], meant["main_barriers"] or [barrier]
    return one.group in groups and barrier in barriers


QUALITY: dict[str, Callable[[Cohort], Count]] = {
    "follow-ups-known": follow_ups_known,
    "statuses-not-fitting": statuses_not_fitting,
    "referrals-not-eligible": referrals_not_eligible,
}
