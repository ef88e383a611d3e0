"""One module a work; each has a function that measures it and gives a `Result`."""
