"""Charts: pictures made on the server from what a release says, each with a title and a text alternative in words.

A kind of chart is one module: what it shows (a frozen record), what it says in words, and how it is drawn on a
`Canvas`. matplotlib is loaded when the first one is drawn.
"""
