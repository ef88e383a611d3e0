"""How many referrals each scheme ends up with when its scenario is told whole: the yardstick of tests.

The figures that must come out of them stand in `schemes/published/`.
"""

from typing import Final

REFERRALS: Final = {
    "james-wigg": 200,
    "roll-out-2008": 4000,
    "salus-advice-line": 30,
    "dundee": 30,
    "rhyl": 30,
    "leicester": 30,
    "nottinghamshire": 30,
    "central-west-midlands": 30,
    "north-staffordshire": 30,
    "kent-margate": 30,
    "wakefield": 30,
    "kensington-chelsea": 30,
    "workwell": 150,
    "workwell-in-work": 60,
    "workwell-out-of-work": 60,
    "bridgend": 24,
    "paisley-argyll": 24,
    "somerset": 24,
    "gateshead": 30,
    "east-lancashire": 24,
    "tomorrows-people": 162,
    "fit-note-fund": 60,
    "exercise-programme": 55,
    "small-business-support": 30,
}
