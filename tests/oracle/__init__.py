"""A second opinion: journeys and figures computed from nothing but the raw canonical topics.

Written from the public contract and the domain page alone, with the standard library alone: it shares no code with the
product, so that a mistake would have to be made twice to go unseen. Simple on purpose: it holds everything in memory
and looks at each referral once, at rest. `python -m oracle --help` says how to run it.
"""
