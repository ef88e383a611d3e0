"""Whether the contract of this working tree keeps what a released one promised, shown by counter-examples.

Needs jsonschema and PyYAML (`footing-contracts[compatibility]`); nothing else of `contracts` imports it.
"""
