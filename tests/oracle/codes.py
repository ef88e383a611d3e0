"""Code lists of the domain page, as far as a journey shows them."""

SOURCES = {"A1", "A3", "B1", "B2", "C1", "C3", "D1", "D2", "G4", "M5", "M6"}
STATUSES = {"01", "02", "03", "04", "05", "06", "07", "08", "ZZ"}
ABSENCES = {"Y", "N", "Z", "X", "8"}
BARRIERS = {"mental_health", "msk", "long_term_condition", "injury", "other", "not_recorded"}
AGES = {"16-24", "25-34", "35-44", "45-54", "55-64", "65+", "not_known"}
IN_WORK = {"entered_work", "returned_to_work", "stayed_in_work"}
WORK = IN_WORK | {"entered_training", "left_work", "not_in_work", "unknown"}
CLOSURES = {"goals_met", "completed", "moved", "needs_met_elsewhere", "withdrew", "no_contact", "ineligible"}
CLOSURES |= {"declined", "died", "service_ended"}

# A code that nobody here knows yet comes from a newer writer, and reads as this.
UNKNOWN_CODE = "not_known_here"


def known(code: str, codes: set[str]) -> str:
    """A code as it reads here."""
    return code if code in codes else UNKNOWN_CODE


def entry_group(status: str, absence: str) -> str:
    """01 and Y absent, 01 and N at work, 01 otherwise employed, 02-06 out of work, all else none."""
    if status == "01":
        return {"Y": "absent", "N": "at_work"}.get(absence, "employed_other")
    return "out_of_work" if status in ("02", "03", "04", "05", "06") else "none"
